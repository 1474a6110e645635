/*
 * wsload - a fast WebSocket load client for fan-out (broadcast) servers.
 *
 * One thread, epoll, non-blocking sockets. It opens N connections to one
 * server, does the RFC 6455 opening handshake on each, optionally sends one
 * first message (a "subscribe"), and then only listens: it counts frames and
 * bytes, and for every message that carries a marker such as
 *
 *     "t":  601234567890          (nanoseconds of CLOCK_MONOTONIC)
 *
 * it computes the time from that stamp to the moment the bytes were read.
 * Server and client must run on the same machine for this to mean anything.
 *
 * It answers pings and close frames, can offer permessage-deflate (and inflate
 * the messages of every k-th connection, to keep the client cheap; a phone has
 * a core of its own for that, so a message is as old as it was when it was read,
 * and is inflated only when no other waits to be read), and can
 * speak just enough MQTT 3.1.1 over WebSocket to measure an MQTT broker.
 *
 * Every result is one line of JSON on standard output.
 *
 * Build:  cc -O2 -Wall -o wsload wsload.c -lz
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

#ifndef IP_BIND_ADDRESS_NO_PORT
#define IP_BIND_ADDRESS_NO_PORT 24
#endif

/* ------------------------------------------------------------- options -- */

static struct {
    const char *host, *path, *first, *proto, *marker, *mqtt_topic, *extra_header;
    int port, conns, concurrency, sources, rcvbuf, inflate_every;
    uint64_t gun_ms;
    bool versions;
    double seconds, settle, connect_timeout;
    bool deflate, interactive, scan, reconnect, binary_first;
    char pids[512];
} opt = {
    .host = "127.0.0.1", .path = "/", .marker = "\"t\":",
    .port = 8000, .conns = 100, .concurrency = 256, .sources = 8,
    .seconds = 10, .settle = 0.5, .connect_timeout = 60,
};

static void usage(void)
{
    fputs(
"usage: wsload [options]\n"
"  -H ADDR      server address (default 127.0.0.1)\n"
"  -p PORT      server port (default 8000)\n"
"  -u PATH      request path (default /)\n"
"  -n N         connections (default 100)\n"
"  -c K         connection attempts in flight at once (default 256)\n"
"  -s K         spread over K source addresses 127.0.1.1..K when the server\n"
"               is on 127.x (default 8; 0: let the kernel choose)\n"
"  -d SECONDS   listen this long after all are connected, then report (10)\n"
"  -T SECONDS   give up when not all are connected by then (60)\n"
"  -i           interactive: read commands from standard input instead of -d:\n"
"               reset | report | quit   (one answer line each)\n"
"  -r           reconnect whatever is closed; report each time all are open\n"
"  -m TEXT      text message to send once, right after the handshake\n"
"  -B           send that message as a binary frame\n"
"  -P NAME      Sec-WebSocket-Protocol to ask for\n"
"  -E HEADER    one more request header line, such as 'Origin: http://x'\n"
"  -z           offer permessage-deflate\n"
"  -Z K         inflate the messages of every K-th connection (with -z)\n"
"  -k MARKER    text before the time stamp (default \"t\":)\n"
"  -a           look for the marker everywhere in a frame and count each one\n"
"               as a message (servers that pack several in one frame)\n"
"  -q TOPIC     speak MQTT: CONNECT, then SUBSCRIBE to TOPIC with QoS 0\n"
"  -b BYTES     SO_RCVBUF of every connection (default: the kernel's)\n"
"  -g GUN       the stamps are race times in ms since GUN, in ms of the wall clock;\n"
"               of several in one message the largest counts\n"
"  -v           report the least and the greatest \"version\": that a connection read last\n"
"  -x PID,...   server processes: add their CPU time and memory to reports\n",
        stderr);
    exit(2);
}

/* ---------------------------------------------------------------- time -- */

static inline uint64_t now_ns(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (uint64_t)ts.tv_sec * 1000000000ull + (uint64_t)ts.tv_nsec;
}

/* ----------------------------------------------------------- histogram --
 * Log-linear: 64 linear steps in every power of two, so any value is known
 * to within 1.6 %. */

enum { SUB_BITS = 7, SUB = 1 << SUB_BITS, HIST = 64 * SUB };
struct hist { uint64_t count, max, bucket[HIST]; };

static void hist_add(struct hist *h, uint64_t v)
{
    int e = v < SUB ? 0 : 63 - __builtin_clzll(v) - (SUB_BITS - 1);
    size_t i = e == 0 ? v : (size_t)e * SUB + (v >> e);
    h->bucket[i < HIST ? i : HIST - 1]++;
    h->count++;
    if (v > h->max) h->max = v;
}

static uint64_t hist_quantile(const struct hist *h, double q)
{
    uint64_t want = (uint64_t)(q * (double)h->count), seen = 0;
    if (!h->count) return 0;
    for (size_t i = 0; i < HIST; i++) {
        seen += h->bucket[i];
        if (seen > want) {
            int e = (int)(i / SUB);
            uint64_t low = (uint64_t)(i % SUB) << e;
            return low < h->max ? low : h->max;
        }
    }
    return h->max;
}

/* --------------------------------------------------------- connections -- */

enum state { IDLE, CONNECTING, HANDSHAKE, OPEN, DEAD };

struct conn {
    int fd;
    uint8_t state;
    bool mqtt_subscribed;
    uint32_t part_len, part_cap;   /* bytes of an incomplete frame or header */
    uint8_t *part;
    uint64_t started;              /* connect() was called, ns */
    uint32_t messages;             /* since the last reset */
    uint64_t version;              /* the last one that was read, with -v */
    z_stream *z;                   /* only on connections that inflate */
};

/* A message of a connection that inflates, read but not looked at yet. */
struct later { uint32_t conn, len; bool deflated; uint64_t now; size_t at; };
enum { MOST_LATER = 1 << 16, CHUNK = 64 };
static struct later later[MOST_LATER];
static size_t later_first, later_end, later_bytes, later_cap;
static uint8_t *later_data;
static void catch_up(size_t most);

static uint64_t wall_ahead;         /* of the monotonic clock, ns */
static struct conn *conns;
static int epfd, n_open, n_pending, n_next, n_failed, n_closed, n_deflate;
static int *retry_list, n_retry, n_lost;   /* lost: closed since all were open */
static uint64_t lost_ns;                   /* when the first of them was */
static struct hist lat, connect_lat;
static uint64_t frames, messages, bytes_rx, payload_rx, pings, closes, inflate_errors;
static uint64_t first_msg_ns, last_msg_ns, reset_ns, connect_begin;

enum { BUF = 1 << 20 };
static uint8_t buf[BUF + 16];
static uint8_t inflated[1 << 20];

static void conn_close(struct conn *c, bool failed)
{
    if (c->z) catch_up(MOST_LATER);
    if (c->fd >= 0) close(c->fd);
    c->fd = -1;
    if (c->state == OPEN) {
        n_open--;
        n_closed++;
        if (!n_lost++) lost_ns = now_ns();
    }
    else { n_pending--; n_failed += failed; }
    c->state = DEAD;
    c->part_len = 0;
    if (c->z) { inflateEnd(c->z); free(c->z); c->z = NULL; }
    if (opt.reconnect) retry_list[n_retry++] = (int)(c - conns);
}

/* Sends a small client frame; the mask key is zero, which is a legal key and
 * leaves the payload as it is. A socket that cannot take it is given up. */
static void send_frame(struct conn *c, int opcode, const void *data, size_t len)
{
    uint8_t f[14 + 1024];
    size_t h = 2;
    if (len > 1024) len = 1024;
    f[0] = (uint8_t)(0x80 | opcode);
    if (len < 126) f[1] = (uint8_t)(0x80 | len);
    else { f[1] = 0x80 | 126; f[2] = (uint8_t)(len >> 8); f[3] = (uint8_t)len; h = 4; }
    memset(f + h, 0, 4);
    h += 4;
    memcpy(f + h, data, len);
    if (send(c->fd, f, h + len, MSG_NOSIGNAL) != (ssize_t)(h + len) && c->state == OPEN)
        conn_close(c, true);
}

static void mqtt_connect(struct conn *c)
{
    uint8_t p[64];
    char id[24];
    int idlen = snprintf(id, sizeof id, "wsload-%d", (int)(c - conns));
    int n = 0;
    p[n++] = 0x10; p[n++] = (uint8_t)(10 + 2 + idlen);
    memcpy(p + n, "\0\4MQTT\4\2\0\0", 10); n += 10;  /* 3.1.1, clean session, no keep-alive */
    p[n++] = 0; p[n++] = (uint8_t)idlen;
    memcpy(p + n, id, (size_t)idlen); n += idlen;
    send_frame(c, 2, p, (size_t)n);
}

static void mqtt_subscribe(struct conn *c)
{
    uint8_t p[160];
    size_t t = strlen(opt.mqtt_topic);
    if (t > 100) t = 100;
    p[0] = 0x82; p[1] = (uint8_t)(2 + 2 + t + 1);
    p[2] = 0; p[3] = 1;                               /* packet identifier */
    p[4] = 0; p[5] = (uint8_t)t;
    memcpy(p + 6, opt.mqtt_topic, t);
    p[6 + t] = 0;                                     /* QoS 0 */
    send_frame(c, 2, p, 7 + t);
}

static void conn_start(struct conn *c)
{
    struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)opt.port) };
    int one = 1, i = (int)(c - conns);

    inet_pton(AF_INET, opt.host, &to.sin_addr);
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (c->fd < 0) { perror("socket"); exit(1); }
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (opt.rcvbuf) setsockopt(c->fd, SOL_SOCKET, SO_RCVBUF, &opt.rcvbuf, sizeof opt.rcvbuf);
    if (opt.sources > 0 && (ntohl(to.sin_addr.s_addr) >> 24) == 127) {
        struct sockaddr_in from = { .sin_family = AF_INET };
        from.sin_addr.s_addr = htonl(0x7f000101u + (uint32_t)(i % opt.sources));
        setsockopt(c->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
        if (bind(c->fd, (void *)&from, sizeof from) < 0) { perror("bind"); exit(1); }
    }
    c->state = CONNECTING;
    c->mqtt_subscribed = false;
    c->started = now_ns();
    n_pending++;
    if (connect(c->fd, (void *)&to, sizeof to) < 0 && errno != EINPROGRESS) {
        conn_close(c, true);
        return;
    }
    struct epoll_event ev = { .events = EPOLLOUT, .data.u32 = (uint32_t)i };
    epoll_ctl(epfd, EPOLL_CTL_ADD, c->fd, &ev);
}

static void conn_handshake(struct conn *c)
{
    char req[2048];
    int err = 0;
    socklen_t len = sizeof err;
    getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &err, &len);
    if (err) { conn_close(c, true); return; }
    int n = snprintf(req, sizeof req,
        "GET %s HTTP/1.1\r\nHost: %s:%d\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        "Sec-WebSocket-Version: 13\r\n%s%s%s%s%s%s\r\n",
        opt.path, opt.host, opt.port,
        opt.proto ? "Sec-WebSocket-Protocol: " : "", opt.proto ? opt.proto : "", opt.proto ? "\r\n" : "",
        opt.deflate ? "Sec-WebSocket-Extensions: permessage-deflate\r\n" : "",
        opt.extra_header ? opt.extra_header : "", opt.extra_header ? "\r\n" : "");
    if (send(c->fd, req, (size_t)n, MSG_NOSIGNAL) != n) { conn_close(c, true); return; }
    c->state = HANDSHAKE;
    struct epoll_event ev = { .events = EPOLLIN, .data.u32 = (uint32_t)(c - conns) };
    epoll_ctl(epfd, EPOLL_CTL_MOD, c->fd, &ev);
}

/* ------------------------------------------------------------- parsing -- */

/* The number behind p, which may stand behind spaces. */
static uint64_t number(const uint8_t *p, const uint8_t *end)
{
    uint64_t n = 0;
    while (p < end && *p == ' ') p++;
    while (p < end && *p >= '0' && *p <= '9') n = n * 10 + (uint64_t)(*p++ - '0');
    return n;
}

static void stamp(struct conn *c, const uint8_t *p, const uint8_t *end, uint64_t now)
{
    uint64_t t = number(p, end);
    hist_add(&lat, now > t ? now - t : 0);
    messages++;
    c->messages++;
    if (!first_msg_ns) first_msg_ns = now;
    last_msg_ns = now;
}

static void note_version(struct conn *c, const uint8_t *p, const uint8_t *end)
{
    static const char name[] = "\"version\":";
    const uint8_t *m = memmem(p, (size_t)(end - p), name, sizeof name - 1);
    if (m) c->version = number(m + sizeof name - 1, end);
}

/* A message of race times: it is as old as its latest one. */
static void race_time(struct conn *c, const uint8_t *p, const uint8_t *end, size_t mlen, uint64_t now)
{
    uint64_t latest = 0;
    for (const uint8_t *m; (m = memmem(p, (size_t)(end - p), opt.marker, mlen)); p = m + mlen) {
        uint64_t t = number(m + mlen, end);
        if (t > latest) latest = t;
    }
    if (!latest) return;
    uint64_t was = (opt.gun_ms + latest) * 1000000ull, is = now + wall_ahead;
    hist_add(&lat, is > was ? is - was : 0);
    messages++;
    c->messages++;
    if (!first_msg_ns) first_msg_ns = now;
    last_msg_ns = now;
}

static void on_message(struct conn *c, const uint8_t *p, size_t len, uint64_t now)
{
    size_t mlen = strlen(opt.marker);
    if (opt.versions) note_version(c, p, p + len);
    if (opt.gun_ms) {
        race_time(c, p, p + len, mlen, now);
        return;
    }
    if (opt.mqtt_topic && !c->mqtt_subscribed && len >= 2 && p[0] == 0x20) {
        c->mqtt_subscribed = true;                   /* CONNACK */
        mqtt_subscribe(c);
        return;
    }
    if (!opt.scan) {
        /* The stamp is expected near the beginning of the message. */
        const uint8_t *m = memmem(p, len < 256 ? len : 256, opt.marker, mlen);
        if (m) stamp(c, m + mlen, p + len, now);
        return;
    }
    for (const uint8_t *end = p + len, *m; (m = memmem(p, (size_t)(end - p), opt.marker, mlen)); p = m + mlen)
        stamp(c, m + mlen, end, now);
}

static void on_compressed(struct conn *c, const uint8_t *p, size_t len, uint64_t now)
{
    static const uint8_t tail[4] = { 0, 0, 0xff, 0xff };
    if (!c->z) {            /* not a sampled connection: count it, no latency */
        messages++;
        c->messages++;
        if (!first_msg_ns) first_msg_ns = now;
        last_msg_ns = now;
        return;
    }
    c->z->next_out = inflated;
    c->z->avail_out = sizeof inflated;
    for (int i = 0; i < 2; i++) {
        c->z->next_in = (uint8_t *)(i ? tail : p);
        c->z->avail_in = (uInt)(i ? sizeof tail : len);
        int rc = inflate(c->z, Z_SYNC_FLUSH);
        if (rc != Z_OK && rc != Z_BUF_ERROR) { inflate_errors++; return; }
    }
    on_message(c, inflated, sizeof inflated - c->z->avail_out, now);
}

/* Looks at up to `most` of the messages that were put off, in the order in which they were read. */
static void catch_up(size_t most)
{
    for (; most && later_first < later_end; most--) {
        struct later *l = &later[later_first++];
        struct conn *c = &conns[l->conn];
        if (l->deflated) on_compressed(c, later_data + l->at, l->len, l->now);
        else on_message(c, later_data + l->at, l->len, l->now);
    }
    if (later_first == later_end) later_first = later_end = later_bytes = 0;
}

static void put_off(struct conn *c, bool deflated, const uint8_t *p, size_t len, uint64_t now)
{
    if (later_end == MOST_LATER) catch_up(MOST_LATER);
    if (later_bytes + len > later_cap) {
        later_cap = (later_bytes + len) * 2;
        later_data = realloc(later_data, later_cap);
        if (!later_data) { perror("realloc"); exit(1); }
    }
    memcpy(later_data + later_bytes, p, len);
    later[later_end++] = (struct later){ (uint32_t)(c - conns), (uint32_t)len, deflated, now, later_bytes };
    later_bytes += len;
}

/* Parses what is in p[0..len); returns how much was used up, or -1 when the
 * connection was closed. */
static ssize_t parse(struct conn *c, uint8_t *p, size_t len, uint64_t now)
{
    size_t at = 0;
    while (len - at >= 2) {
        const uint8_t *f = p + at;
        uint64_t n = f[1] & 0x7f;
        size_t h = 2;
        if (n == 126) {
            if (len - at < 4) break;
            n = (uint64_t)f[2] << 8 | f[3]; h = 4;
        } else if (n == 127) {
            if (len - at < 10) break;
            n = 0;
            for (int i = 2; i < 10; i++) n = n << 8 | f[i];
            h = 10;
        }
        if (n > BUF / 2) { conn_close(c, true); return -1; }
        if (len - at < h + n) break;
        const uint8_t *payload = f + h;
        int opcode = f[0] & 0x0f;
        if (opcode <= 2) {
            frames++;
            payload_rx += n;
            if (c->z) put_off(c, f[0] & 0x40, payload, n, now);
            else if (f[0] & 0x40) on_compressed(c, payload, n, now);
            else on_message(c, payload, n, now);
        } else if (opcode == 9) {
            pings++;
            send_frame(c, 10, payload, n);
        } else if (opcode == 8) {
            closes++;
            send_frame(c, 8, payload, n < 2 ? n : 2);
            if (c->state == OPEN) conn_close(c, false);
        }
        if (c->state != OPEN) return -1;
        at += h + n;
    }
    return (ssize_t)at;
}

static void print_report(const char *event);

static void on_open(struct conn *c, const char *head)
{
    c->state = OPEN;
    n_pending--;
    n_open++;
    hist_add(&connect_lat, now_ns() - c->started);
    if (strcasestr(head, "permessage-deflate")) {
        n_deflate++;
        if (opt.inflate_every && (c - conns) % opt.inflate_every == 0) {
            c->z = calloc(1, sizeof *c->z);
            if (!c->z || inflateInit2(c->z, -15) != Z_OK) { perror("zlib"); exit(1); }
        }
    }
    if (opt.mqtt_topic) mqtt_connect(c);
    else if (opt.first) send_frame(c, opt.binary_first ? 2 : 1, opt.first, strlen(opt.first));
}

static void on_readable(struct conn *c)
{
    size_t have = c->part_len;
    if (have) memcpy(buf, c->part, have);
    ssize_t n = recv(c->fd, buf + have, (size_t)BUF - have, 0);
    if (n <= 0) {
        if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
        conn_close(c, c->state != OPEN);
        return;
    }
    uint64_t now = now_ns();
    size_t len = have + (size_t)n, used = 0;
    bytes_rx += (uint64_t)n;
    if (c->state == HANDSHAKE) {
        buf[len] = 0;
        char *end = memmem(buf, len, "\r\n\r\n", 4);
        if (end) {
            used = (size_t)(end + 4 - (char *)buf);
            char keep = (char)buf[used];
            buf[used] = 0;
            if (strncmp((char *)buf, "HTTP/1.1 101", 12)) {
                if (n_failed == 0) fprintf(stderr, "refused: %.120s\n", buf);
                conn_close(c, true);
                return;
            }
            on_open(c, (char *)buf);
            buf[used] = (uint8_t)keep;
            if (c->state != OPEN) return;
        }
    }
    if (c->state == OPEN) {
        ssize_t u = parse(c, buf + used, len - used, now);
        if (u < 0) return;
        used += (size_t)u;
    }
    size_t left = len - used;
    if (left > c->part_cap) {
        c->part_cap = (uint32_t)(left < 512 ? 512 : left * 2);
        c->part = realloc(c->part, c->part_cap);
        if (!c->part) { perror("realloc"); exit(1); }
    }
    if (left) memcpy(c->part, buf + used, left);
    c->part_len = (uint32_t)left;
}

/* -------------------------------------------------------------- report -- */

/* User + system CPU seconds and resident KiB of the -x processes. */
static void server_usage(double *cpu, long *rss_kib)
{
    char list[sizeof opt.pids], *save = NULL;
    *cpu = 0;
    *rss_kib = 0;
    strcpy(list, opt.pids);
    for (char *p = strtok_r(list, ",", &save); p; p = strtok_r(NULL, ",", &save)) {
        char path[64], text[1024];
        snprintf(path, sizeof path, "/proc/%d/stat", atoi(p));
        FILE *f = fopen(path, "r");
        if (!f) continue;
        size_t n = fread(text, 1, sizeof text - 1, f);
        fclose(f);
        text[n] = 0;
        char *q = strrchr(text, ')');
        unsigned long ut = 0, st = 0;
        long rss = 0;
        if (q && sscanf(q + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu "
                        "%*d %*d %*d %*d %*d %*d %*u %*u %ld", &ut, &st, &rss) == 3) {
            *cpu += (double)(ut + st) / (double)sysconf(_SC_CLK_TCK);
            *rss_kib += rss * (sysconf(_SC_PAGESIZE) / 1024);
        }
    }
}

static double reset_cpu;

static void counters_reset(void)
{
    long rss;
    memset(&lat, 0, sizeof lat);
    frames = messages = bytes_rx = payload_rx = pings = closes = 0;
    first_msg_ns = last_msg_ns = 0;
    reset_ns = now_ns();
    for (int i = 0; i < opt.conns; i++) conns[i].messages = 0;
    server_usage(&reset_cpu, &rss);
}

static void print_report(const char *event)
{
    uint32_t lo = UINT32_MAX, hi = 0;
    uint64_t oldest = UINT64_MAX, newest = 0;
    double span = first_msg_ns ? (double)(last_msg_ns - first_msg_ns) / 1e9 : 0, cpu;
    long rss;
    for (int i = 0; i < opt.conns; i++) {
        if (conns[i].messages < lo) lo = conns[i].messages;
        if (conns[i].messages > hi) hi = conns[i].messages;
        if (conns[i].version < oldest) oldest = conns[i].version;
        if (conns[i].version > newest) newest = conns[i].version;
    }
    server_usage(&cpu, &rss);
    printf("{\"event\":\"%s\",\"open\":%d,\"closed\":%d,\"failed\":%d,\"deflate\":%d,"
           "\"frames\":%lu,\"messages\":%lu,\"bytes\":%lu,\"payload_bytes\":%lu,"
           "\"min_per_conn\":%u,\"max_per_conn\":%u,\"pings\":%lu,\"inflate_errors\":%lu,"
           "\"span_s\":%.4f,\"since_reset_s\":%.4f,\"messages_per_s\":%.0f,"
           "\"lat_us\":{\"count\":%lu,\"p50\":%.1f,\"p90\":%.1f,\"p99\":%.1f,\"p999\":%.1f,\"max\":%.1f}",
           event, n_open, n_closed, n_failed, n_deflate, frames, messages, bytes_rx, payload_rx,
           lo, hi, pings, inflate_errors, span, (double)(now_ns() - reset_ns) / 1e9,
           span > 0 ? (double)messages / span : 0, lat.count,
           (double)hist_quantile(&lat, .5) / 1e3, (double)hist_quantile(&lat, .9) / 1e3,
           (double)hist_quantile(&lat, .99) / 1e3, (double)hist_quantile(&lat, .999) / 1e3,
           (double)lat.max / 1e3);
    if (opt.versions) printf(",\"oldest_version\":%lu,\"newest_version\":%lu", oldest, newest);
    if (opt.pids[0])
        printf(",\"server_cpu_s\":%.2f,\"server_cpu_us_per_message\":%.3f,\"server_rss_kib\":%ld",
               cpu - reset_cpu, messages ? (cpu - reset_cpu) * 1e6 / (double)messages : 0, rss);
    printf("}\n");
    fflush(stdout);
}

static void print_connected(void)
{
    double s = (double)(now_ns() - connect_begin) / 1e9, cpu;
    long rss;
    server_usage(&cpu, &rss);
    printf("{\"event\":\"connected\",\"open\":%d,\"failed\":%d,\"deflate\":%d,\"elapsed_s\":%.4f,"
           "\"conns_per_s\":%.0f,\"handshake_us\":{\"p50\":%.1f,\"p99\":%.1f,\"max\":%.1f}",
           n_open, n_failed, n_deflate, s, (double)n_open / s,
           (double)hist_quantile(&connect_lat, .5) / 1e3,
           (double)hist_quantile(&connect_lat, .99) / 1e3, (double)connect_lat.max / 1e3);
    if (opt.pids[0]) printf(",\"server_cpu_s\":%.2f,\"server_rss_kib\":%ld", cpu - reset_cpu, rss);
    printf("}\n");
    fflush(stdout);
}

/* ---------------------------------------------------------------- main -- */

static bool on_command(void)
{
    static char line[256];
    static size_t at;
    catch_up(MOST_LATER);
    ssize_t n = read(0, line + at, sizeof line - 1 - at);
    if (n <= 0) return false;
    at += (size_t)n;
    line[at] = 0;
    char *s = line, *e;
    while ((e = strchr(s, '\n'))) {
        *e = 0;
        if (!strcmp(s, "quit")) return false;
        if (!strcmp(s, "reset")) { counters_reset(); puts("{\"event\":\"reset\"}"); fflush(stdout); }
        else if (!strcmp(s, "report")) print_report("report");
        else { puts("{\"event\":\"unknown\"}"); fflush(stdout); }
        s = e + 1;
    }
    at = (size_t)(line + at - s);
    memmove(line, s, at);
    return true;
}

int main(int argc, char **argv)
{
    int o;
    while ((o = getopt(argc, argv, "H:p:u:n:c:s:d:T:irm:BP:E:zZ:k:aq:b:x:g:vh")) != -1) switch (o) {
        case 'H': opt.host = optarg; break;
        case 'p': opt.port = atoi(optarg); break;
        case 'u': opt.path = optarg; break;
        case 'n': opt.conns = atoi(optarg); break;
        case 'c': opt.concurrency = atoi(optarg); break;
        case 's': opt.sources = atoi(optarg); break;
        case 'd': opt.seconds = atof(optarg); break;
        case 'T': opt.connect_timeout = atof(optarg); break;
        case 'i': opt.interactive = true; break;
        case 'r': opt.reconnect = true; break;
        case 'm': opt.first = optarg; break;
        case 'B': opt.binary_first = true; break;
        case 'P': opt.proto = optarg; break;
        case 'E': opt.extra_header = optarg; break;
        case 'z': opt.deflate = true; break;
        case 'Z': opt.inflate_every = atoi(optarg); break;
        case 'k': opt.marker = optarg; break;
        case 'a': opt.scan = true; break;
        case 'q': opt.mqtt_topic = optarg; if (!opt.proto) opt.proto = "mqtt"; break;
        case 'b': opt.rcvbuf = atoi(optarg); break;
        case 'g': opt.gun_ms = strtoull(optarg, NULL, 10); break;
        case 'v': opt.versions = true; break;
        case 'x': snprintf(opt.pids, sizeof opt.pids, "%s", optarg); break;
        default: usage();
    }
    if (optind != argc || opt.conns < 1 || opt.sources > 250) usage();
    signal(SIGPIPE, SIG_IGN);

    struct rlimit rl;
    getrlimit(RLIMIT_NOFILE, &rl);
    rl.rlim_cur = rl.rlim_max;
    setrlimit(RLIMIT_NOFILE, &rl);
    if (rl.rlim_cur < (rlim_t)opt.conns + 16)
        fprintf(stderr, "warning: only %lu open files allowed\n", (unsigned long)rl.rlim_cur);

    conns = calloc((size_t)opt.conns, sizeof *conns);
    retry_list = calloc((size_t)opt.conns, sizeof *retry_list);
    epfd = epoll_create1(EPOLL_CLOEXEC);
    if (!conns || !retry_list || epfd < 0) { perror("setup"); return 1; }
    for (int i = 0; i < opt.conns; i++) conns[i].fd = -1;
    if (opt.interactive) {
        struct epoll_event ev = { .events = EPOLLIN, .data.u32 = UINT32_MAX };
        epoll_ctl(epfd, EPOLL_CTL_ADD, 0, &ev);
    }

    struct epoll_event evs[1024];
    bool announced = false, running = true;
    uint64_t deadline = 0, retry_at = 0;
    struct timespec wall;
    clock_gettime(CLOCK_REALTIME, &wall);
    wall_ahead = (uint64_t)wall.tv_sec * 1000000000ull + (uint64_t)wall.tv_nsec - now_ns();
    counters_reset();
    connect_begin = now_ns();

    while (running) {
        /* Open new connections, a bounded number at a time. */
        while (n_next < opt.conns && n_pending < opt.concurrency) conn_start(&conns[n_next++]);
        if (n_retry && now_ns() >= retry_at) {
            int take = n_retry;
            while (take > 0 && n_pending < opt.concurrency) {
                conn_start(&conns[retry_list[--n_retry]]);
                take--;
            }
            retry_at = now_ns() + (n_pending >= opt.concurrency ? 0 : 20000000ull);
        }
        bool all = n_open == opt.conns;
        if (announced && opt.reconnect && n_lost > opt.conns / 2) {
            /* The server is gone: time the way back. The first may be back before the last is lost. */
            announced = false;
            n_failed = n_deflate = 0;
            memset(&connect_lat, 0, sizeof connect_lat);
            printf("{\"event\":\"lost\"}\n");
            fflush(stdout);
            connect_begin = lost_ns;
        }
        if (!announced && (all || (!opt.reconnect && n_next == opt.conns && n_pending == 0))) {
            announced = true;
            n_lost = 0;
            print_connected();
            if (!opt.interactive && !deadline) {
                counters_reset();
                deadline = now_ns() + (uint64_t)(opt.seconds * 1e9);
            }
        }
        if (!announced && now_ns() - connect_begin > (uint64_t)(opt.connect_timeout * 1e9)) {
            fprintf(stderr, "gave up: %d open, %d pending, %d failed\n", n_open, n_pending, n_failed);
            print_connected();
            return 1;
        }
        if (deadline && now_ns() >= deadline) break;

        int n = epoll_wait(epfd, evs, 1024, later_end ? 0 : announced && opt.interactive && !n_retry ? 1000 : 10);
        if (n == 0) catch_up(CHUNK);
        for (int i = 0; i < n; i++) {
            if (evs[i].data.u32 == UINT32_MAX) { running = on_command(); continue; }
            struct conn *c = &conns[evs[i].data.u32];
            if (c->fd < 0) continue;
            if (c->state == CONNECTING) conn_handshake(c);
            else on_readable(c);
        }
    }
    catch_up(MOST_LATER);
    print_report("end");
    return 0;
}
