/* The load generator of `make bench`: one thread, many TLS connections.
 *
 *   load repeat HOST PORT CA SECONDS COUNT < plan    every connection repeats its request, SECONDS long or COUNT times
 *   load play HOST PORT CA CONNECTIONS < plan        so many connections do the plan, each the next line that is not done
 *   load deliver HOST PORT CA MESSAGES < plan        how long a message takes to everybody who waits in /sync
 *   load hold HOST PORT CA SECONDS < plan            every connection asks once and waits; says when all have asked
 *
 * The plan has a line for each connection, with tabs between: METHOD PATH TOKEN BODY. `-` stands for no token and no body.
 * `{n}` becomes a number that no other request has. A body
 * `@FILE` is the content of a file, sent as bytes. For `deliver` the first line is the sender (its body holds `{n}`), the
 * others are the receivers; their path ends with `since=TOKEN`. The result is a line of JSON. */
#define _GNU_SOURCE
#include "link.h"
#include "samples.h"
#include <string.h>
#include <sys/resource.h>

typedef struct {
    Link link;
    char *method, *path, *token, *body;
    Body file;
    char *since;
    uint64_t rest;
    int seen;
} Caller;

static Caller *callers;
static size_t caller_count;
static Samples samples;
static uint64_t serial, errors, bytes, running;
static int first_error;

static char *filled(const char *template, uint64_t number) {
    const char *mark = strstr(template, "{n}");
    char *text;
    if (mark == NULL) return strdup(template);
    if (asprintf(&text, "%.*s%llu%s", (int)(mark - template), template, (unsigned long long)number, mark + 3) < 0) abort();
    return text;
}

static char *field(char **line) {
    char *text = strsep(line, "\t");
    if (text == NULL) fail("a line of the plan has too few fields");
    return strcmp(text, "-") == 0 ? NULL : strdup(text);
}

/* The content of a file; lines that name the same one share it. */
static Body file_body(const char *path) {
    static char *last;
    static Body body;
    if (last && strcmp(last, path) == 0) return body;
    FILE *file = fopen(path, "rb");
    if (file == NULL) fail("cannot read %s", path);
    fseek(file, 0, SEEK_END);
    long length = ftell(file);
    rewind(file);
    char *bytes = malloc((size_t)length + 1);
    if (fread(bytes, 1, (size_t)length, file) != (size_t)length) fail("cannot read %s", path);
    fclose(file);
    last = strdup(path);
    return body = (Body){bytes, (size_t)length, "application/octet-stream"};
}

static void read_plan(void) {
    char *line = NULL;
    size_t capacity = 0;
    ssize_t length;
    while ((length = getline(&line, &capacity, stdin)) > 0) {
        line[strcspn(line, "\n")] = 0;
        callers = realloc(callers, (caller_count + 1) * sizeof *callers);
        Caller *caller = &callers[caller_count++];
        memset(caller, 0, sizeof *caller);
        char *rest = line;
        caller->method = field(&rest);
        caller->path = field(&rest);
        caller->token = field(&rest);
        caller->body = field(&rest);
        if (caller->body && caller->body[0] == '@') caller->file = file_body(caller->body + 1);
    }
    free(line);
    if (caller_count == 0) fail("the plan is empty");
}

static void ask_over(Link *link, const Caller *caller) {
    char *path = filled(caller->path, ++serial);
    char *text = caller->body && caller->file.bytes == NULL ? filled(caller->body, serial) : NULL;
    Body body = caller->file;
    if (text) body = (Body){text, strlen(text), "application/json"};
    link_request(link, caller->method, path, caller->token, caller->body ? &body : NULL);
    free(path);
    free(text);
}

static void ask(Caller *caller) { ask_over(&caller->link, caller); }

static void note(Link *link) {
    samples_add(&samples, now() - link->began);
    bytes += link->body_length;
    if (link->status != 200) {
        errors++;
        if (first_error == 0) fprintf(stderr, "load: status %d: %.200s\n", first_error = link->status, link->body);
    }
}

static void report(size_t connections, uint64_t began) {
    double took = (double)(now() - began) / 1e9;
    printf("{\"connections\": %zu, \"requests\": %zu, \"errors\": %llu, \"seconds\": %.3f, \"per_second\": %.1f, "
           "\"p50_ms\": %.3f, \"p95_ms\": %.3f, \"p99_ms\": %.3f, \"bytes\": %llu}\n",
           connections, samples.count, (unsigned long long)errors, took, (double)samples.count / took,
           samples_at(&samples, 0.5), samples_at(&samples, 0.95), samples_at(&samples, 0.99), (unsigned long long)bytes);
}

/* repeat ---------------------------------------------------------------------------------------------------------- */

static void again(Link *link) {
    Caller *caller = link->owner;
    note(link);
    if (caller->rest && --caller->rest == 0) {
        if (--running == 0) link_stop();
        return;
    }
    ask(caller);
}

static void repeat(double seconds, uint64_t count) {
    for (size_t index = 0; index < caller_count; index++) link_open(&callers[index].link, again, &callers[index]);
    running = caller_count;
    uint64_t began = now();
    for (size_t index = 0; index < caller_count; index++) {
        callers[index].rest = count;
        ask(&callers[index]);
    }
    link_run(seconds > 0 ? began + (uint64_t)(seconds * 1e9) : 0);
    report(caller_count, began);
}

/* play ------------------------------------------------------------------------------------------------------------ */

static size_t next_line;

static void play_next(Link *link) {
    if (next_line < caller_count) ask_over(link, &callers[next_line++]);
    else if (--running == 0) link_stop();
}

static void played(Link *link) {
    note(link);
    play_next(link);
}

static void play(size_t connections) {
    Link *links = calloc(connections, sizeof *links);
    for (size_t index = 0; index < connections; index++) link_open(&links[index], played, NULL);
    running = connections;
    uint64_t began = now();
    for (size_t index = 0; index < connections; index++) play_next(&links[index]);
    if (running) link_run(0);
    report(connections, began);
}

/* hold ------------------------------------------------------------------------------------------------------------ */

static void hold(double seconds) {
    for (size_t index = 0; index < caller_count; index++) {
        link_open(&callers[index].link, note, &callers[index]);
        ask(&callers[index]);
    }
    printf("{\"waiting\": %zu}\n", caller_count);
    fflush(stdout);
    link_run(now() + (uint64_t)(seconds * 1e9));
}

/* deliver --------------------------------------------------------------------------------------------------------- */

static uint64_t sent_at, messages, quiet_until;
static size_t arrived, waiting;
static bool in_flight;

static void poll_again(Caller *caller) {
    char *path;
    if (asprintf(&path, "%s%s", caller->path, caller->since ? caller->since : "") < 0) abort();
    link_request(&caller->link, "GET", path, caller->token, NULL);
    free(path);
}

static void received(Link *link) {
    Caller *caller = link->owner;
    if (link->status != 200) fail("a receiver got status %d: %.200s", link->status, link->body);
    char mark[48];
    snprintf(mark, sizeof mark, "deliver-%llu-", (unsigned long long)serial);
    if (in_flight && !caller->seen && memmem(link->body, link->body_length, mark, strlen(mark))) {
        samples_add(&samples, now() - sent_at);
        caller->seen = 1;
        arrived++;
    }
    static const char key[] = "\"next_batch\":";
    const char *found = memmem(link->body, link->body_length, key, sizeof key - 1);
    if (found == NULL) fail("an answer of /sync without next_batch");
    found = strchr(found + sizeof key - 1, '"') + 1;
    free(caller->since);
    caller->since = strndup(found, strcspn(found, "\""));
    poll_again(caller);
    if (in_flight && arrived == caller_count - 1 && waiting == 0) {
        in_flight = false;
        quiet_until = now() + 30000000;
    }
}

static void sent(Link *link) {
    if (link->status != 200) fail("the sender got status %d: %.200s", link->status, link->body);
    waiting = 0;
    if (in_flight && arrived == caller_count - 1) {
        in_flight = false;
        quiet_until = now() + 30000000;
    }
}

static void tick(void) {
    if (in_flight || now() < quiet_until) return;
    if (messages-- == 0) { link_stop(); return; }
    for (size_t index = 1; index < caller_count; index++) callers[index].seen = 0;
    arrived = 0;
    waiting = 1;
    in_flight = true;
    sent_at = now();
    ask(&callers[0]);
}

static void deliver(uint64_t count) {
    messages = count;
    link_open(&callers[0].link, sent, &callers[0]);
    for (size_t index = 1; index < caller_count; index++) {
        Caller *caller = &callers[index];
        link_open(&caller->link, received, caller);
        char *since = strstr(caller->path, "since=");
        if (since == NULL) fail("a receiver's path has no since=");
        caller->since = strdup(since + 6);
        since[6] = 0;
        poll_again(caller);
    }
    quiet_until = now() + 1000000000;
    link_every(1000000, tick);
    uint64_t began = now();
    link_run(began + 600000000000ull);
    printf("{\"receivers\": %zu, \"messages\": %llu, \"deliveries\": %zu, \"p50_ms\": %.3f, \"p99_ms\": %.3f, \"max_ms\": %.3f}\n",
           caller_count - 1, (unsigned long long)count, samples.count, samples_at(&samples, 0.5), samples_at(&samples, 0.99),
           samples_at(&samples, 1));
}

int main(int count, char **words) {
    bool is_repeat = count == 7 && strcmp(words[1], "repeat") == 0;
    bool is_deliver = count == 6 && strcmp(words[1], "deliver") == 0;
    bool is_play = count == 6 && strcmp(words[1], "play") == 0;
    bool is_hold = count == 6 && strcmp(words[1], "hold") == 0;
    if (!is_repeat && !is_deliver && !is_hold && !is_play)
        fail("usage: load repeat HOST PORT CA SECONDS COUNT | load play HOST PORT CA CONNECTIONS | "
             "load deliver HOST PORT CA MESSAGES | load hold HOST PORT CA SECONDS");
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    link_setup(words[2], atoi(words[3]), words[4]);
    read_plan();
    if (is_repeat) repeat(atof(words[5]), strtoull(words[6], NULL, 10));
    else if (is_play) play(strtoull(words[5], NULL, 10));
    else if (is_hold) hold(atof(words[5]));
    else deliver(strtoull(words[5], NULL, 10));
    return errors ? 3 : 0;
}
