/* global Redoc */
Redoc.init("/api/schema/", { nativeScrollbars: true }, document.getElementById("redoc"));
