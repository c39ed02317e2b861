/* Clients that append rows and reconnect when they are thrown out; until SIGTERM. Prints the longest pause between two
   acknowledged commits, in milliseconds, and how many there were. */
#include <libpq-fe.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum { CLIENTS = 4, REST = 10000, RETRY = 5000 };

static volatile sig_atomic_t stopped;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static double last, longest;
static long commits;
static const char *target;

static void stop(int number) { (void)number; stopped = 1; }

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1e3 + time.tv_nsec / 1e6;
}

static void acknowledge(void) {
    pthread_mutex_lock(&lock);
    double time = now();
    if (commits++ > 0 && time - last > longest) longest = time - last;
    last = time;
    pthread_mutex_unlock(&lock);
}

static void *write_rows(void *unused) {
    (void)unused;
    while (!stopped) {
        PGconn *connection = PQconnectdb(target);
        while (!stopped && PQstatus(connection) == CONNECTION_OK) {
            PGresult *result = PQexec(connection, "INSERT INTO written VALUES (1)");
            int done = PQresultStatus(result) == PGRES_COMMAND_OK;
            PQclear(result);
            if (!done) break;
            acknowledge();
            usleep(REST);
        }
        PQfinish(connection);
        usleep(RETRY);
    }
    return NULL;
}

int main(int argc, char **argv) {
    if (argc != 2) {
        fprintf(stderr, "usage: %s CONNECTION\n", argv[0]);
        return 64;
    }
    target = argv[1];
    signal(SIGTERM, stop);
    pthread_t threads[CLIENTS];
    for (int number = 0; number < CLIENTS; number++) pthread_create(&threads[number], NULL, write_rows, NULL);
    for (int number = 0; number < CLIENTS; number++) pthread_join(threads[number], NULL);
    /* A pause that has not ended counts as far as it has come. */
    if (now() - last > longest) longest = now() - last;
    printf("%.1f ms, %ld commits\n", longest, commits);
    return 0;
}
