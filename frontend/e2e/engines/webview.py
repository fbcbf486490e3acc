#!/usr/bin/python3
"""The barest window that WebKitWebDriver can drive.

It has no toolbar, so that the page has exactly the size that is asked for: MiniBrowser is never narrower than 447 px.
"""

import os

import gi

# Before Gtk: without its version Gdk is loaded as another one, and the browser ends.
gi.require_version("Gdk", "3.0")
gi.require_version("Gtk", "3.0")
gi.require_version("WebKit2", "4.1")
from gi.repository import Gdk, Gtk, WebKit2  # noqa: E402

WIDTH, HEIGHT = (int(n) for n in os.environ["VIEW_SIZE"].split("x"))

context = WebKit2.WebContext.new_ephemeral()
context.set_automation_allowed(True)
context.set_preferred_languages(["en-GB"])


def make_view(_session):
    settings = WebKit2.Settings()
    settings.set_enable_write_console_messages_to_stdout(True)
    view = WebKit2.WebView(web_context=context, settings=settings, is_controlled_by_automation=True)
    window = Gtk.Window(title="Belfry in WebKit")
    window.set_default_size(WIDTH, HEIGHT)
    window.add(view)
    window.show_all()
    # Without a window manager nobody gives the focus, and a page that nobody looks at reads nothing.
    window.get_window().focus(Gdk.CURRENT_TIME)
    view.grab_focus()
    view.connect("close", lambda _view: window.destroy())
    view.connect("web-process-terminated", lambda _view, why: print("CONSOLE CRASH ERROR", why, flush=True))
    return view


def started(_context, session):
    info = WebKit2.ApplicationInfo()
    info.set_name("webview")
    info.set_version(1, 0, 0)
    session.set_application_info(info)
    session.connect("create-web-view", make_view)


context.connect("automation-started", started)
Gtk.main()
