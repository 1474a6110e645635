"""Security headers on every answer (an Observatory score of 120 and more), and CORS for the public API."""

from starlette.datastructures import MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from live.web.state import WebSettings

HTMX_CDN = "https://cdn.jsdelivr.net/npm/htmx.org@4.0.1/dist/htmx.min.js"
"""The one foreign address that a page may load, with its hash, when `htmx` is ``cdn``."""

PUBLIC_API = ("/api/v1/event", "/api/v1/races/", "/api/v1/openapi.json", "/api/v1/asyncapi.json")
"""What any other site's page may read; what officials read is none of it."""

CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "ETag",
}
PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, HEAD",
    "Access-Control-Allow-Headers": "If-None-Match",
    "Access-Control-Max-Age": "86400",
}
"""What a browser asks for before a GET of another site's page that has our ETag."""

FEATURES_OFF = (
    *("accelerometer", "autoplay", "camera", "display-capture", "geolocation", "gyroscope", "magnetometer"),
    *("microphone", "midi", "payment", "usb", "xr-spatial-tracking"),
)


def content_policy(settings: WebSettings) -> str:
    """Return the Content-Security-Policy of our own pages: nothing but our own files, and htmx's one address."""
    scripts = f"'self' {HTMX_CDN}" if settings.htmx == "cdn" else "'self'"
    return (
        f"default-src 'none'; script-src {scripts}; style-src 'self'; img-src 'self' data:; "
        f"connect-src {scripts}; font-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'"
    )


def security_headers(settings: WebSettings) -> dict[str, str]:
    """Return what every answer carries."""
    return {
        "Content-Security-Policy": content_policy(settings),
        "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": ", ".join(f"{feature}=()" for feature in FEATURES_OFF),
        "X-Frame-Options": "DENY",
    }


class Headers:
    """Middleware: adds the headers to whatever is answered, errors included."""

    def __init__(self, app: ASGIApp, settings: WebSettings) -> None:
        self._app = app
        self._headers = security_headers(settings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        public = scope["path"].startswith(PUBLIC_API)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
                for name, value in CORS.items() if public else ():
                    headers[name] = value
            await send(message)

        if public and scope["method"] == "OPTIONS":
            await Response(None, 204, PREFLIGHT)(scope, receive, send_with_headers)
        else:
            await self._app(scope, receive, send_with_headers)
