// The description of the API, read and tried with Swagger UI. A try by session sends the CSRF token along.
const cookie = () => (document.cookie.match(/(?:^|; )csrftoken=([^;]+)/) || [])[1];

document.addEventListener("DOMContentLoaded", () => {
  const place = document.getElementById("api-docs");
  window.SwaggerUIBundle({
    url: place.dataset.schema,
    domNode: place,
    deepLinking: true,
    defaultModelsExpandDepth: 0,
    docExpansion: "none",
    requestInterceptor: (request) => {
      const token = cookie();
      if (token && new URL(request.url, location.href).origin === location.origin) {
        request.headers["X-CSRFToken"] = token;
      }
      return request;
    },
  });
});
