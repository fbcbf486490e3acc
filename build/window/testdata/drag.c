// A small window in the corner of the screen out of which something can be dragged: drag KIND DATA. It says when it can
// be, and when that has ended.
#include <gtk/gtk.h>
#include <string.h>

static char **words;

static void give(GtkWidget *w, GdkDragContext *c, GtkSelectionData *to, guint info, guint time, gpointer none)
{
	gtk_selection_data_set(to, gtk_selection_data_get_target(to), 8, (const guchar *)words[2], strlen(words[2]));
}

static void ended(GtkWidget *w, GdkDragContext *c, gpointer none)
{
	puts("ended");
	fflush(stdout);
}

static gboolean shown(gpointer none)
{
	puts("ready");
	fflush(stdout);
	return FALSE;
}

int main(int argc, char **argv)
{
	gtk_init(&argc, &argv);
	words = argv;
	GtkTargetEntry kind = {argv[1], 0, 0};
	GtkWidget *window = gtk_window_new(GTK_WINDOW_POPUP), *label = gtk_event_box_new();
	gtk_widget_set_size_request(label, 80, 80);
	gtk_container_add(GTK_CONTAINER(window), label);
	gtk_window_move(GTK_WINDOW(window), 1200, 720);
	gtk_drag_source_set(label, GDK_BUTTON1_MASK, &kind, 1, GDK_ACTION_COPY | GDK_ACTION_LINK | GDK_ACTION_MOVE);
	g_signal_connect(label, "drag-data-get", G_CALLBACK(give), NULL);
	g_signal_connect(label, "drag-end", G_CALLBACK(ended), NULL);
	gtk_widget_show_all(window);
	g_timeout_add(300, shown, NULL);
	gtk_main();
	return 0;
}
