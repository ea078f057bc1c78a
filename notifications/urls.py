"""Addresses of the pages about notices."""

from django.urls import path

from . import settings_views, views

app_name = "notifications"
urlpatterns = [
    path("", views.notices, name="notices"),
    path("list", views.notices_fragment, name="notices-fragment"),
    path("<int:pk>/read", views.notice_read, name="notice-read"),
    path("settings/", settings_views.hearing, name="hearing"),
    path("settings/channels", settings_views.channels_fragment, name="channels-fragment"),
    path("settings/channels/add", settings_views.channel_add, name="channel-add"),
    path("settings/channels/<int:pk>/test", settings_views.channel_test, name="channel-test"),
    path("settings/channels/<int:pk>/remove", settings_views.channel_remove, name="channel-remove"),
    path("settings/telegram", settings_views.telegram_connect, name="telegram-connect"),
    path("settings/telegram/waiting", settings_views.telegram_waiting, name="telegram-waiting"),
    path("settings/telegram/bot", settings_views.telegram_bot, name="telegram-bot"),
    path("settings/telegram/bot/forget", settings_views.telegram_forget, name="telegram-forget"),
]
