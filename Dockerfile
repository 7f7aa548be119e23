# Build: download the locked packages. Run: the same Deno, as a user of its own.
# Its steps have been run by hand, without network in the second stage; the image itself has not
# been built, for want of a Docker engine.
FROM denoland/deno:debian-2.9.6 AS build
WORKDIR /app
ENV DENO_DIR=/deno-dir
COPY deno.json deno.lock ./
COPY src ./src
COPY static ./static
# Follows dynamic imports too (API viewers, database drivers): the container downloads nothing.
RUN deno cache --frozen src/start.ts src/workers/worker.ts src/tools/*.ts

FROM denoland/deno:debian-2.9.6
LABEL org.opencontainers.image.title="Live Attendance" \
      org.opencontainers.image.licenses="MIT"
WORKDIR /app
ENV DENO_DIR=/deno-dir \
    DENO_NO_UPDATE_CHECK=1
RUN useradd --system --uid 10001 --home-dir /app --no-create-home attendance \
 && install --directory --owner=attendance --mode=0700 data
# Root's, so that the service can change neither its code nor its packages.
COPY --from=build /deno-dir /deno-dir
COPY --from=build /app /app
USER attendance
VOLUME /app/data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=15s --retries=3 \
  CMD ["deno", "eval", "--no-config", "const r = await fetch(`http://127.0.0.1:${Deno.env.get('PORT') || 8000}/readyz`); Deno.exit(r.ok ? 0 : 1)"]
# deno itself, not npx or a shell: it must receive SIGTERM to drain.
CMD ["deno", "task", "start"]
