#define _GNU_SOURCE
#include "link.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static SSL_CTX *context;
static struct sockaddr_in place;
static const char *name;
static int poller = -1;
static bool stopped;
static uint64_t interval, next_due;
static void (*on_due)(void);

void fail(const char *words, ...) {
    va_list list;
    va_start(list, words);
    fputs("load: ", stderr);
    vfprintf(stderr, words, list);
    fputc('\n', stderr);
    va_end(list);
    exit(1);
}

uint64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000ull + (uint64_t)time.tv_nsec;
}

void link_setup(const char *host, int port, const char *ca) {
    name = host;
    place.sin_family = AF_INET;
    place.sin_port = htons((uint16_t)port);
    inet_pton(AF_INET, "127.0.0.1", &place.sin_addr);
    poller = epoll_create1(EPOLL_CLOEXEC);
    context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    static const unsigned char http1[] = "\x08http/1.1";
    SSL_CTX_set_alpn_protos(context, http1, 9);
    if (ca == NULL) return;
    if (SSL_CTX_load_verify_locations(context, ca, NULL) != 1) fail("cannot read the authority %s", ca);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
}

void link_open(Link *link, void (*answered)(Link *), void *owner) {
    memset(link, 0, sizeof *link);
    link->answered = answered;
    link->owner = owner;
    link->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(link->fd, (struct sockaddr *)&place, sizeof place) != 0) fail("cannot connect: %s", strerror(errno));
    int yes = 1;
    setsockopt(link->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    link->tls = SSL_new(context);
    SSL_set_fd(link->tls, link->fd);
    SSL_set_tlsext_host_name(link->tls, name);
    SSL_set1_host(link->tls, name);
    if (SSL_connect(link->tls) != 1) fail("the handshake failed: %s", ERR_error_string(ERR_get_error(), NULL));
    fcntl(link->fd, F_SETFL, fcntl(link->fd, F_GETFL) | O_NONBLOCK);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = link};
    epoll_ctl(poller, EPOLL_CTL_ADD, link->fd, &event);
    link->connected = true;
}

static void want(Link *link, uint32_t events) {
    struct epoll_event event = {.events = events, .data.ptr = link};
    epoll_ctl(poller, EPOLL_CTL_MOD, link->fd, &event);
}

static void push(Link *link) {
    while (link->out_sent < link->out_length) {
        int sent = SSL_write(link->tls, link->out + link->out_sent, (int)(link->out_length - link->out_sent));
        if (sent > 0) { link->out_sent += (size_t)sent; continue; }
        if (SSL_get_error(link->tls, sent) == SSL_ERROR_WANT_WRITE) { want(link, EPOLLIN | EPOLLOUT); return; }
        fail("the connection broke while sending");
    }
    want(link, EPOLLIN);
}

void link_request(Link *link, const char *method, const char *path, const char *token, const Body *body) {
    size_t needed = strlen(path) + (token ? strlen(token) : 0) + (body ? body->length : 0) + 512;
    if (needed > link->out_capacity) link->out = realloc(link->out, link->out_capacity = needed);
    int length = snprintf(link->out, needed, "%s %s HTTP/1.1\r\nHost: %s\r\n", method, path, name);
    if (token) length += snprintf(link->out + length, needed - (size_t)length, "Authorization: Bearer %s\r\n", token);
    if (body) {
        length += snprintf(
            link->out + length, needed - (size_t)length,
            "Content-Type: %s\r\nContent-Length: %zu\r\n\r\n", body->type, body->length);
        memcpy(link->out + length, body->bytes, body->length);
        length += (int)body->length;
    } else {
        length += snprintf(link->out + length, needed - (size_t)length, "\r\n");
    }
    link->out_length = (size_t)length;
    link->out_sent = link->in_length = 0;
    link->began = now();
    push(link);
}

static const char *header(const char *head, size_t length, const char *wanted) {
    size_t size = strlen(wanted);
    for (const char *line = head; line < head + length; line++) {
        line = memchr(line, '\n', (size_t)(head + length - line));
        if (line == NULL) return NULL;
        if ((size_t)(head + length - line) > size + 2 && strncasecmp(line + 1, wanted, size) == 0 && line[1 + size] == ':') {
            line += size + 2;
            while (*line == ' ') line++;
            return line;
        }
    }
    return NULL;
}

/* Takes the chunk sizes out, in place. True when the last chunk is there. */
static bool dechunk(Link *link, size_t head) {
    char *from = link->in + head, *end = link->in + link->in_length, *to = from;
    for (int pass = 0; pass < 2; pass++) {
        /* The first pass only looks whether all is there, the second one moves. */
        from = link->in + head;
        for (;;) {
            char *line = memmem(from, (size_t)(end - from), "\r\n", 2);
            if (line == NULL) return false;
            size_t size = strtoul(from, NULL, 16);
            if ((size_t)(end - line) < size + 4) return false;
            if (size == 0) break;
            if (pass) { memmove(to, line + 2, size); to += size; }
            from = line + 2 + size + 2;
        }
    }
    link->body = link->in + head;
    link->body_length = (size_t)(to - link->body);
    return true;
}

static bool complete(Link *link) {
    if (link->in_length < 16) return false;
    char *end = memmem(link->in, link->in_length, "\r\n\r\n", 4);
    if (end == NULL) return false;
    size_t head = (size_t)(end - link->in) + 4;
    link->status = atoi(link->in + 9);
    const char *length = header(link->in, head, "content-length");
    if (length) {
        link->body = link->in + head;
        link->body_length = strtoul(length, NULL, 10);
        return link->in_length >= head + link->body_length;
    }
    if (header(link->in, head, "transfer-encoding")) return dechunk(link, head);
    fail("an answer without a length");
}

static void pull(Link *link) {
    for (;;) {
        if (link->in_length + 8192 > link->in_capacity) {
            link->in_capacity = link->in_capacity ? link->in_capacity * 2 : 16384;
            link->in = realloc(link->in, link->in_capacity + 1);
        }
        int got = SSL_read(link->tls, link->in + link->in_length, (int)(link->in_capacity - link->in_length));
        if (got <= 0) {
            if (SSL_get_error(link->tls, got) == SSL_ERROR_WANT_READ) break;
            fail("the server closed a connection (last status %d)", link->status);
        }
        link->in_length += (size_t)got;
        link->in[link->in_length] = 0;
    }
    if (link->out_length && complete(link)) {
        link->out_length = 0;
        link->answered(link);
    }
}

void link_stop(void) { stopped = true; }

void link_every(uint64_t nanoseconds, void (*due)(void)) {
    interval = nanoseconds;
    on_due = due;
    next_due = now() + nanoseconds;
}

void link_run(uint64_t deadline) {
    struct epoll_event events[256];
    stopped = false;
    while (!stopped && (deadline == 0 || now() < deadline)) {
        int count = epoll_wait(poller, events, 256, on_due ? 1 : 50);
        for (int index = 0; index < count && !stopped; index++) {
            Link *link = events[index].data.ptr;
            if (events[index].events & EPOLLOUT) push(link);
            if (events[index].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) pull(link);
        }
        if (on_due && now() >= next_due) {
            next_due = now() + interval;
            on_due();
        }
    }
}
