//go:build desktop || dev

package desktop

// Wails lets its web view go wherever the page, a click, a drop or a menu leads it, and decides whom its bindings answer
// by the address that the view is on its way to. Each WebKitWebView of this program therefore asks belfryOwnPage first.

/*
#cgo !webkit2_41 pkg-config: webkit2gtk-4.0
#cgo webkit2_41 pkg-config: webkit2gtk-4.1

#include <webkit2/webkit2.h>

extern int belfryOwnPage(char *address);
extern void belfryFollow(char *address);

static gboolean (*belfry_usual)(WebKitWebView *, WebKitPolicyDecision *, WebKitPolicyDecisionType);

// Takes the place of the default handler of "decide-policy". TRUE: it is decided.
static gboolean belfry_decide(WebKitWebView *view, WebKitPolicyDecision *decision, WebKitPolicyDecisionType type)
{
	WebKitNavigationAction *action = NULL;
	WebKitURIRequest *request;
	const gchar *address;

	if (type == WEBKIT_POLICY_DECISION_TYPE_RESPONSE) {
		request = webkit_response_policy_decision_get_request(WEBKIT_RESPONSE_POLICY_DECISION(decision));
	} else {
		action = webkit_navigation_policy_decision_get_navigation_action(WEBKIT_NAVIGATION_POLICY_DECISION(decision));
		request = webkit_navigation_action_get_request(action);
	}
	address = request ? webkit_uri_request_get_uri(request) : NULL;
	if (address && type != WEBKIT_POLICY_DECISION_TYPE_NEW_WINDOW_ACTION && belfryOwnPage((char *)address))
		return belfry_usual ? belfry_usual(view, decision, type) : FALSE;
	webkit_policy_decision_ignore(decision);
	// A link that somebody chose is opened outside; what was dropped, or what a page asks for on its own, is opened nowhere.
	if (address && action && webkit_navigation_action_get_navigation_type(action) == WEBKIT_NAVIGATION_TYPE_LINK_CLICKED
		&& webkit_navigation_action_is_user_gesture(action))
		belfryFollow((char *)address);
	return TRUE;
}

static GtkWidget *belfry_no_window(WebKitWebView *view, WebKitNavigationAction *action)
{
	return NULL;
}

static gboolean belfry_edits(WebKitContextMenuItem *item)
{
	switch (webkit_context_menu_item_get_stock_action(item)) {
	case WEBKIT_CONTEXT_MENU_ACTION_COPY:
	case WEBKIT_CONTEXT_MENU_ACTION_CUT:
	case WEBKIT_CONTEXT_MENU_ACTION_PASTE:
	case WEBKIT_CONTEXT_MENU_ACTION_DELETE:
	case WEBKIT_CONTEXT_MENU_ACTION_SELECT_ALL:
	case WEBKIT_CONTEXT_MENU_ACTION_SPELLING_GUESS:
	case WEBKIT_CONTEXT_MENU_ACTION_NO_GUESSES_FOUND:
	case WEBKIT_CONTEXT_MENU_ACTION_IGNORE_SPELLING:
	case WEBKIT_CONTEXT_MENU_ACTION_LEARN_SPELLING:
		return TRUE;
	default:
		return FALSE;
	}
}

// The menu of a browser can keep what a link leads to as a file, which asks for it before anybody can refuse: what edits
// a text is left of it. TRUE: nothing is left, and no menu is shown.
static gboolean belfry_menu(WebKitWebView *view, WebKitContextMenu *menu, GdkEvent *event, WebKitHitTestResult *hit)
{
	GList *items = g_list_copy(webkit_context_menu_get_items(menu));

	for (GList *at = items; at; at = at->next) {
		if (!belfry_edits(at->data))
			webkit_context_menu_remove(menu, at->data);
	}
	g_list_free(items);
	return webkit_context_menu_get_n_items(menu) == 0;
}

static void belfry_no_download(WebKitWebContext *context, WebKitDownload *download, gpointer none)
{
	webkit_download_cancel(download);
}

static gboolean belfry_install(gpointer none)
{
	WebKitWebViewClass *views = g_type_class_ref(WEBKIT_TYPE_WEB_VIEW);

	belfry_usual = views->decide_policy;
	views->decide_policy = belfry_decide;
	views->create = belfry_no_window;
	views->context_menu = belfry_menu;
	g_signal_connect(webkit_web_context_get_default(), "download-started", G_CALLBACK(belfry_no_download), NULL);
	return G_SOURCE_REMOVE;
}

// The first thing that GTK's main loop does: before it has run no page is shown, and before GTK is set up WebKit's class
// cannot be made.
static void belfry_keep_page(void)
{
	g_idle_add_full(G_PRIORITY_HIGH * 2, belfry_install, NULL, NULL);
}
*/
import "C"

// KeepPage has the window show Belfry's own pages and nothing else: every other navigation, each new window and each
// download is refused, whatever asked for it. A link that was clicked all the same goes to follow, on GTK's thread. The
// menu on the mouse's right button has only what edits a text. Call it once, before the window is made.
func KeepPage(follow func(address string)) {
	followed = follow
	C.belfry_keep_page()
}
