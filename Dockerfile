# Build: download the locked packages once. Run: the same Deno, a user of its own, no shell scripts.
FROM denoland/deno:debian-2.9.6 AS build
WORKDIR /app
ENV DENO_DIR=/deno-dir
COPY deno.json deno.lock ./
COPY src ./src
COPY static ./static
COPY tests/support/std ./tests/support/std
# What the server loads lazily (viewers, drivers) is cached too: the container needs no network.
RUN deno cache --frozen src/main.ts src/tools/create_admin.ts src/tools/migrate.ts src/http/assets.ts

FROM denoland/deno:debian-2.9.6
WORKDIR /app
ENV DENO_DIR=/deno-dir \
    DENO_NO_UPDATE_CHECK=1 \
    DATABASE_URL=sqlite:data/attendance.db
RUN useradd --system --uid 10001 --home-dir /app attendance \
 && mkdir data && chown attendance data
COPY --from=build --chown=attendance /deno-dir /deno-dir
COPY --from=build /app /app
USER attendance
VOLUME /app/data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 \
  CMD ["deno", "eval", "--no-config", "const r = await fetch('http://127.0.0.1:' + (Deno.env.get('PORT') || 8000) + '/readyz'); Deno.exit(r.ok ? 0 : 1)"]
# deno itself, not npx or a shell: it must receive SIGTERM to drain.
CMD ["deno", "task", "start"]
