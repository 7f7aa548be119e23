/* global SwaggerUIBundle */
const dark = matchMedia("(prefers-color-scheme: dark)");
const follow = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", follow);
follow();

SwaggerUIBundle({
  dom_id: "#swagger-ui",
  url: "/api/schema/",
  deepLinking: true,
  displayRequestDuration: true,
  // The default is a validator on another host.
  validatorUrl: null,
  onComplete: () => {
    // What came in above has moved the entry that the address names.
    if (location.hash.startsWith("#error-")) {
      document.getElementById(location.hash.slice(1))?.scrollIntoView();
    }
  },
});
