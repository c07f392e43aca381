"""Whether this container's web process can serve pages: the health check of docker-compose.yml."""

import sys
from http.client import HTTPConnection

connection = HTTPConnection("127.0.0.1", 8000, timeout=4)
# As the proxy asks, or the answer would be the redirect to HTTPS.
connection.request("GET", "/readyz", headers={"Host": "localhost", "X-Forwarded-Proto": "https"})
sys.exit(0 if connection.getresponse().status == 200 else 1)
