"""Pages on which each person says how they want to hear, and an administrator enters the bot."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.admin.models import CHANGE, DELETION, LogEntry
from django.contrib.auth.decorators import permission_required
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from .addressees import Channel, Limit, TelegramBot
from .binding import (
    TokenRefused,
    forget_bot,
    new_start_code,
    save_token,
    start_link,
)
from .choosing import add_channel, save_choices
from .commands import ANYBODY
from .forms import ChannelForm, HearingForm, TokenForm
from .hearing import preference_of
from .presentation import channel_rows
from .reaching import current_bot, has_apprise
from .trial import send_test
from .troubles import NotDelivered

ADD, BOT = "notifications.add_channel", "notifications.change_telegrambot"
STOP_POLLING = 286  # htmx's own status: the fragment is final


def _person(request: HttpRequest) -> User:
    return get_object_or_404(User, pk=request.user.pk)


@never_cache
@permission_required(ANYBODY, raise_exception=True)
@require_http_methods(["GET", "HEAD", "POST"])
def hearing(request: HttpRequest) -> HttpResponse:
    """Event x channel, limits, quiet hours, language: shown and saved."""
    person = _person(request)
    form = _hearing_form(person, request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        save_choices(person, form)
        messages.success(request, _("Saved."))
        return redirect("notifications:hearing")
    return _page(request, person, form)


def _hearing_form(person: User, given: Any) -> HearingForm:
    channels = Channel.objects.filter(person=person).prefetch_related("choices")
    return HearingForm(
        given,
        channels=list(channels),
        limits=list(Limit.objects.filter(person=person)),
        preference=preference_of(person),
    )


def _page(
    request: HttpRequest,
    person: User,
    form: HearingForm | None = None,
    *,
    adding: ChannelForm | None = None,
) -> HttpResponse:
    context = {
        "form": form or _hearing_form(person, None),
        "adding": adding or ChannelForm(),
        "rows": channel_rows(person),
        "bot": current_bot(),
        "has_apprise": has_apprise(),
        "now": timezone.now(),
    }
    return render(request, "notifications/hearing.html", context)


@require_safe
@never_cache
@permission_required(ANYBODY, raise_exception=True)
def channels_fragment(request: HttpRequest) -> HttpResponse:
    """The live part: the channels and what came of their last messages."""
    rows = channel_rows(_person(request))
    status = 200 if any(row.is_moving for row in rows) else STOP_POLLING
    context = {"rows": rows, "now": timezone.now()}
    return render(request, "notifications/_channels.html", context, status=status)


@require_POST
@never_cache
@permission_required(ANYBODY, raise_exception=True)
def channel_test(request: HttpRequest, pk: int) -> HttpResponse:
    """Have a test message sent; the page shows what comes of it."""
    channel = get_object_or_404(Channel, pk=pk, person=_person(request))
    send_test(channel, timezone.now())
    messages.success(request, _("A test message is on its way: look at your phone."))
    return redirect("notifications:hearing")


@require_POST
@never_cache
@permission_required(ANYBODY, raise_exception=True)
def channel_remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Take one's own channel away, with its choices."""
    get_object_or_404(Channel, pk=pk, person=_person(request)).delete()
    messages.success(request, _("The channel is removed."))
    return redirect("notifications:hearing")


@sensitive_post_parameters()
@require_POST
@never_cache
@permission_required(ADD, raise_exception=True)
def channel_add(request: HttpRequest) -> HttpResponse:
    """A channel through Apprise, and its test message."""
    person, form = _person(request), ChannelForm(request.POST)
    if not form.is_valid():
        return _page(request, person, adding=form)
    try:
        with transaction.atomic():
            channel = add_channel(person, now=timezone.now(), **form.cleaned_data)
    except IntegrityError:
        form.add_error("name", _("You have a channel of this name already."))
        return _page(request, person, adding=form)
    send_test(channel, timezone.now())
    messages.success(request, _("A test message is on its way: look at your phone."))
    return redirect("notifications:hearing")


@require_POST
@never_cache
@permission_required(ANYBODY, raise_exception=True)
def telegram_connect(request: HttpRequest) -> HttpResponse:
    """A link to the bot that works once. It stands in this answer alone."""
    person, bot, now = _person(request), current_bot(), timezone.now()
    if bot is None:
        return redirect("notifications:hearing")
    link = start_link(bot, new_start_code(person, now))
    context = {"bot": bot, "link": link, "after": now.timestamp()}
    return render(request, "notifications/telegram_connect.html", context)


@require_safe
@never_cache
@permission_required(ANYBODY, raise_exception=True)
def telegram_waiting(request: HttpRequest) -> HttpResponse:
    """Whether Start was pressed meanwhile: the code is used, and the chat known."""
    code = _person(request).startcode_set.order_by("-id").first()
    is_bound = code is not None and code.used_at is not None
    status = STOP_POLLING if is_bound else 200
    context = {"is_bound": is_bound, "is_over": code is None or code.expires_at <= timezone.now()}
    return render(request, "notifications/_telegram_waiting.html", context, status=status)


@sensitive_post_parameters()
@never_cache
@permission_required(BOT, raise_exception=True)
@require_http_methods(["GET", "HEAD", "POST"])
def telegram_bot(request: HttpRequest) -> HttpResponse:
    """The token, asked of Telegram before it is kept. It is never shown."""
    form = TokenForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid() and _keep_token(request, form):
        return redirect("notifications:hearing")
    context = {"form": form, "bot": current_bot()}
    return render(request, "notifications/telegram_bot.html", context)


def _keep_token(request: HttpRequest, form: TokenForm) -> bool:
    try:
        bot = save_token(form.cleaned_data["token"], timezone.now())
    except TokenRefused:
        form.add_error("token", _("Telegram does not know this token: copy it whole, with its :"))
        return False
    except NotDelivered:
        words = _("Telegram cannot be reached from this machine: check its Internet, try again.")
        form.add_error("token", words)
        return False
    _remember(request, bot, CHANGE)
    messages.success(request, _("The bot @%(name)s is ready.") % {"name": bot.username})
    return True


def _remember(request: HttpRequest, bot: TelegramBot, flag: int) -> None:
    """The journal of the administration: who did it."""
    LogEntry.objects.log_actions(
        user_id=str(request.user.pk),
        queryset=[bot],
        action_flag=flag,
        change_message=_("Token entered.") if flag == CHANGE else "",
        single_object=True,
    )


@require_POST
@never_cache
@permission_required(BOT, raise_exception=True)
def telegram_forget(request: HttpRequest) -> HttpResponse:
    """Take the token away."""
    bot = current_bot()
    if bot is not None:
        _remember(request, bot, DELETION)
    forget_bot()
    messages.success(request, _("The token is deleted; the chats are kept for a new one."))
    return redirect("notifications:hearing")
