from django.contrib import admin

from content.models import Announcement


@admin.register(Announcement)
class AnnouncementAdmin(admin.ModelAdmin[Announcement]):
    list_display = ("title_ko", "published_at")
    search_fields = ("title_ko", "title_en", "body_ko")
    date_hierarchy = "published_at"
