"""What can be wrong with a search cluster, each with a sentence for whoever runs the site."""

from __future__ import annotations

import ssl
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from elastic_transport import ConnectionError as NoConnectionError
from elastic_transport import ConnectionTimeout, TlsError, TransportError
from elasticsearch import ApiError, UnsupportedProductError

SENTENCES: dict[str, str | Promise] = {
    "settings": _("검색 서버 주소(ELASTICSEARCH)가 설정되지 않았습니다."),
    "unreachable": _("검색 서버에 연결할 수 없습니다: 주소와 방화벽을 확인해 주십시오."),
    "timeout": _("검색 서버가 제때 답하지 않습니다."),
    "closed": _(
        "검색 서버가 연결을 바로 끊습니다: 주소가 https://로 시작해야 하는지 확인해 주십시오."
    ),
    "plain": _(
        "검색 서버가 암호화를 쓰지 않습니다: 주소를 http://로 바꾸거나 암호화를 켜 주십시오."
    ),
    "certificate": _("검색 서버의 인증서를 확인할 수 없습니다: 인증 기관 파일을 확인해 주십시오."),
    "password": _("검색 서버가 사용자 이름·비밀번호 또는 API 키를 받아들이지 않습니다."),
    "rights": _("검색 서버 계정에 필요한 권한이 없습니다."),
    "version": _("검색 서버 버전을 쓸 수 없습니다: 8.19 이상 또는 9.x가 필요합니다."),
    "product": _("이 주소의 서버는 Elasticsearch가 아닙니다."),
    "rebuild": _("현재 설정으로 만든 색인이 없습니다: manage.py rebuild_index를 실행해 주십시오."),
    "partial": _("검색 서버의 일부만 답합니다."),
    "refused": _("검색 서버가 요청을 처리하지 못했습니다."),
}


class SearchClusterError(RuntimeError):
    """The cluster cannot be used. ``code`` is a key of SENTENCES; the text holds no secrets."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code, self.detail = code, detail

    @property
    def sentence(self) -> str:
        return (
            f"{SENTENCES[self.code]} ({self.detail})" if self.detail else str(SENTENCES[self.code])
        )


def understood(error: Exception) -> SearchClusterError:
    """What an error of the client means."""
    if isinstance(error, SearchClusterError):
        return error
    if isinstance(error, UnsupportedProductError):  # which is an ApiError too
        return SearchClusterError("product")
    if isinstance(error, ApiError):
        return _of_answer(error)
    if "WRONG_VERSION_NUMBER" in str(error):
        return SearchClusterError("plain")
    if isinstance(error, TlsError) or _is_about_certificates(error):
        return SearchClusterError("certificate", _reason(error))
    if isinstance(error, ConnectionTimeout):
        return SearchClusterError("timeout")
    if "RemoteDisconnected" in str(error):
        return SearchClusterError("closed")
    if isinstance(error, NoConnectionError):
        return SearchClusterError("unreachable", _reason(error))
    return SearchClusterError("refused", type(error).__name__)


def _of_answer(error: ApiError) -> SearchClusterError:
    status = error.meta.status
    if status == 401:
        return SearchClusterError("password")
    if status == 403:
        return SearchClusterError("rights", error_type(error.body))
    if status == 404:
        return SearchClusterError("rebuild")
    return SearchClusterError("refused", f"{status} {error_type(error.body)}".strip())


def error_type(body: Any) -> str:
    """The kind of error that an answer names; its reason may hold data and is left out."""
    found = body.get("error") if isinstance(body, dict) else None
    return str(found.get("type", "")) if isinstance(found, dict) else ""


def _is_about_certificates(error: Exception) -> bool:
    """Also where the client wraps it: the cause is the library's own error."""
    causes = getattr(error, "errors", ()) if isinstance(error, TransportError) else ()
    return any(isinstance(e, ssl.SSLError | TlsError) or "SSL" in str(e) for e in causes)


def _reason(error: Exception) -> str:
    text = str(getattr(error, "message", "") or type(error).__name__)
    return text.splitlines()[0][:200]
