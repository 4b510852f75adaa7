/* One keep-alive HTTP/1.1 connection over TLS, driven by epoll. One request at a time, no pipelining. */
#pragma once
#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct Link Link;
struct Link {
    int fd;
    SSL *tls;
    bool connected;
    char *out;              /* the request that is being sent */
    size_t out_length, out_sent, out_capacity;
    char *in;               /* the answer so far */
    size_t in_length, in_capacity;
    uint64_t began;         /* when the request was handed over, in nanoseconds */
    int status;             /* of the answer that is complete */
    const char *body;
    size_t body_length;
    void (*answered)(Link *);  /* called with a complete answer; may call link_request */
    void *owner;
    uint64_t serial;
};

/* Sets the place to connect to and the authority to trust (NULL: none is asked for). */
void link_setup(const char *host, int port, const char *ca);
/* Opens a connection and finishes the handshake before it returns. */
void link_open(Link *link, void (*answered)(Link *), void *owner);
/* What a request carries. */
typedef struct {
    const char *bytes;
    size_t length;
    const char *type;       /* of the content */
} Body;
/* Hands over a request. The token may be NULL, the body may be NULL. */
void link_request(Link *link, const char *method, const char *path, const char *token, const Body *body);
/* Works until `link_stop` or the deadline (nanoseconds; 0: none). */
void link_run(uint64_t deadline);
void link_stop(void);
/* Calls `due` about every so many nanoseconds while `link_run` works; NULL ends that. */
void link_every(uint64_t interval, void (*due)(void));
uint64_t now(void);
void fail(const char *words, ...) __attribute__((noreturn, format(printf, 1, 2)));
