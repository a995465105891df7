from django.contrib import admin

from content.models import Notice


@admin.register(Notice)
class NoticeAdmin(admin.ModelAdmin[Notice]):
    list_display = ("title_ko", "published_at")
    search_fields = ("title_ko", "title_en", "body_ko")
    date_hierarchy = "published_at"
