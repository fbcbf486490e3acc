//go:build linux && desktop

// Command bare shows the page on its standard input as the window shows the dashboard's, without anything that the
// dashboard does to stay where it is: only desktop.KeepPage is left. It says which links it would have followed, and
// "went to" each address that the view got to. The window's tests build it.
package main

/*
#cgo !webkit2_41 pkg-config: webkit2gtk-4.0
#cgo webkit2_41 pkg-config: webkit2gtk-4.1

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <webkit2/webkit2.h>

static char *page;

static void serve(WebKitURISchemeRequest *request, gpointer none)
{
	GInputStream *body = g_memory_input_stream_new_from_data(page, strlen(page), NULL);
	webkit_uri_scheme_request_finish(request, body, strlen(page), "text/html");
	g_object_unref(body);
}

static void went(WebKitWebView *view, WebKitLoadEvent event, gpointer none)
{
	if (event != WEBKIT_LOAD_COMMITTED)
		return;
	printf("went to %s\n", webkit_web_view_get_uri(view));
	fflush(stdout);
}

static void show(char *html)
{
	page = html;
	gtk_init(NULL, NULL);
	GtkWidget *window = gtk_window_new(GTK_WINDOW_TOPLEVEL), *view = webkit_web_view_new();
	WebKitWebContext *context = webkit_web_context_get_default();
	webkit_web_context_register_uri_scheme(context, "wails", serve, NULL, NULL);
	WebKitSettings *settings = webkit_web_view_get_settings(WEBKIT_WEB_VIEW(view));
	webkit_settings_set_hardware_acceleration_policy(settings, WEBKIT_HARDWARE_ACCELERATION_POLICY_NEVER);
	webkit_settings_set_javascript_can_open_windows_automatically(settings, TRUE);
	g_signal_connect(view, "load-changed", G_CALLBACK(went), NULL);
	gtk_window_set_default_size(GTK_WINDOW(window), 1000, 700);
	gtk_container_add(GTK_CONTAINER(window), view);
	gtk_widget_show_all(window);
	webkit_web_view_load_uri(WEBKIT_WEB_VIEW(view), "wails://wails/");
	gtk_main();
}
*/
import "C"

import (
	"fmt"
	"io"
	"os"
	"runtime"

	"belfry/internal/desktop"
)

func main() {
	runtime.LockOSThread()
	page, err := io.ReadAll(os.Stdin)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	desktop.KeepPage(func(address string) { fmt.Println("follow", address) })
	C.show(C.CString(string(page)))
}
