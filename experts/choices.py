"""Fixed lists of the profile: stored codes and their labels."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Language(models.TextChoices):
    KOREAN = "ko", _("한국어")
    ENGLISH = "en", _("영어")
    CHINESE = "zh", _("중국어")
    JAPANESE = "ja", _("일본어")
    SPANISH = "es", _("스페인어")
    FRENCH = "fr", _("프랑스어")
    GERMAN = "de", _("독일어")
    PORTUGUESE = "pt", _("포르투갈어")
    RUSSIAN = "ru", _("러시아어")
    ARABIC = "ar", _("아랍어")
    VIETNAMESE = "vi", _("베트남어")
    HINDI = "hi", _("힌디어")


class Region(models.TextChoices):
    """Where a person works from: the 17 시·도, or a part of the world."""

    SEOUL = "seoul", _("서울")
    INCHEON = "incheon", _("인천")
    GYEONGGI = "gyeonggi", _("경기")
    GANGWON = "gangwon", _("강원")
    DAEJEON = "daejeon", _("대전")
    SEJONG = "sejong", _("세종")
    CHUNGBUK = "chungbuk", _("충북")
    CHUNGNAM = "chungnam", _("충남")
    GWANGJU = "gwangju", _("광주")
    JEONBUK = "jeonbuk", _("전북")
    JEONNAM = "jeonnam", _("전남")
    DAEGU = "daegu", _("대구")
    GYEONGBUK = "gyeongbuk", _("경북")
    BUSAN = "busan", _("부산")
    ULSAN = "ulsan", _("울산")
    GYEONGNAM = "gyeongnam", _("경남")
    JEJU = "jeju", _("제주")
    ASIA = "asia", _("아시아(한국 밖)")
    EUROPE = "europe", _("유럽")
    NORTH_AMERICA = "north_america", _("북아메리카")
    LATIN_AMERICA = "latin_america", _("중남아메리카")
    AFRICA = "africa", _("아프리카")
    OCEANIA = "oceania", _("오세아니아")


class Mode(models.TextChoices):
    ONSITE = "onsite", _("대면")
    ONLINE = "online", _("비대면")
    WRITTEN = "written", _("서면")


class Weekday(models.IntegerChoices):
    MONDAY = 1, _("월")
    TUESDAY = 2, _("화")
    WEDNESDAY = 3, _("수")
    THURSDAY = 4, _("목")
    FRIDAY = 5, _("금")


class Section(models.TextChoices):
    """What a person may show in the public directory beyond name, affiliation and fields."""

    BIO = "bio", _("자기 소개")
    AFFILIATION = "affiliation", _("모든 소속")
    EDUCATION = "education", _("학력")
    CAREER = "career", _("경력")
    QUALIFICATION = "qualification", _("자격")
    PAPER = "paper", _("논문")
    PATENT = "patent", _("특허")
    PROJECT = "project", _("과제")
    AWARD = "award", _("수상")
    ADVISORY = "advisory", _("자문·평가")
    AVAILABILITY = "availability", _("활동 가능 여부")
