/* Reads all rows of all tables of packages with libmsi, in one process: the counterpart of what the benchmark of the
 * tables does. Prints how many rows there were, and the seconds of the best run.
 *
 * rows_by_libmsi RUNS PACKAGE...
 */
#include <libmsi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Walks the rows of a query, and takes every field as a text. */
static long walk(LibmsiDatabase *database, const char *statement, GPtrArray *names)
{
    LibmsiQuery *query = libmsi_query_new(database, statement, NULL);
    LibmsiRecord *record;
    long rows = 0;

    if (!query)
        return 0;
    if (libmsi_query_execute(query, NULL, NULL)) {
        while ((record = libmsi_query_fetch(query, NULL))) {
            guint fields = libmsi_record_get_field_count(record);
            for (guint field = 1; field <= fields; field++) {
                gchar *text = libmsi_record_get_string(record, field);
                if (names && field == 1)
                    g_ptr_array_add(names, g_strdup(text));
                g_free(text);
            }
            rows++;
            g_object_unref(record);
        }
    }
    libmsi_query_close(query, NULL);
    g_object_unref(query);
    return rows;
}

static long all_rows(const char *path)
{
    LibmsiDatabase *database = libmsi_database_new(path, LIBMSI_DB_FLAGS_READONLY, NULL, NULL);
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    long rows = 0;

    if (!database)
        return -1;
    walk(database, "SELECT `Name` FROM `_Tables`", names);
    for (guint place = 0; place < names->len; place++) {
        gchar *statement = g_strdup_printf("SELECT * FROM `%s`", (char *)names->pdata[place]);
        rows += walk(database, statement, NULL);
        g_free(statement);
    }
    g_ptr_array_free(names, TRUE);
    g_object_unref(database);
    return rows;
}

/* It warns of every stream that is taken as a text. */
static void silent(const gchar *domain, GLogLevelFlags level, const gchar *message, gpointer data)
{
    (void)domain, (void)level, (void)message, (void)data;
}

int main(int count, char **words)
{
    int runs = count > 1 ? atoi(words[1]) : 0;
    double best = -1;
    long rows = 0;

    g_log_set_default_handler(silent, NULL);
    for (int run = 0; run < runs; run++) {
        gint64 begin = g_get_monotonic_time();
        rows = 0;
        for (int place = 2; place < count; place++) {
            long of_package = all_rows(words[place]);
            if (of_package < 0) {
                fprintf(stderr, "%s cannot be opened\n", words[place]);
                return 1;
            }
            rows += of_package;
        }
        double seconds = (g_get_monotonic_time() - begin) / 1e6;
        if (best < 0 || seconds < best)
            best = seconds;
    }
    printf("%ld %.6f\n", rows, best);
    return 0;
}
