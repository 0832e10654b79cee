// SPDX-License-Identifier: BSD-2-Clause
// The event log: what the tests know about who asked for what, and when.
//
// One JSON object a line, written before the answer leaves. So whoever has
// seen an answer finds its line in the file, with no waiting. Never in it:
// query strings, bodies, headers (but User-Agent), tokens, codes, secrets.
//
//   t          when the request arrived, ms of CLOCK_MONOTONIC: the clock of
//              Python's time.monotonic(), so that a test can tell what arrived
//              since it began from what was late
//   ms         how long it took until the answer
//   method, path, status   (path: the route's pattern, where it has a handle
//              in it, e.g. /device/:uid; status null: the client went away)
//   conn       number of the TLS connection it came over, from 1
//   conns      TLS connections accepted so far, also those without a request
//   grant      grant_type, at the token endpoint
//   client_id  as claimed, authenticated or not
//   error      the OAuth error code in the answer, or null
//   detail     why, as the provider knows it and does not tell its clients
//   ua         User-Agent, or null
//
// What was issued (tokens and codes, whole) stands in a file beside it, the
// event log's name and ".issued", readable for its owner alone: for tests
// which look where that must not be. One {"kind", "value"} a line.

import { openSync, writeSync } from 'node:fs';

export const now_ms = () => Number(process.hrtime.bigint() / 1000n) / 1000;
export const round = (x) => Math.round(x * 1000) / 1000;
const SECRETS = [
  'access_token', 'refresh_token', 'id_token', 'device_code', 'user_code',
  'client_secret', 'registration_access_token', 'code',
];
// The authorization code in the address that somebody is sent to.
function sentCode(location) {
  const code = URL.canParse(location)
    && new URL(location).searchParams.get('code');
  return code ? { code } : undefined;
}
const text = (x) => (typeof x === 'string' ? x.slice(0, 200) : null);

function describe(ctx) {
  const { oidc, body } = ctx;
  const answer = body?.constructor === Object ? body : {};
  return {
    path: text(ctx._matchedRoute) ?? ctx.path,
    grant: text(oidc?.route === 'token' ? oidc.body?.grant_type : null),
    client_id: text(oidc?.entities.Client?.clientId
      ?? oidc?.authorization?.clientId ?? oidc?.body?.client_id),
    error: text(answer.error),
    detail: text(ctx.state.detail),
    ua: text(ctx.get('user-agent') || null),
  };
}

// `file`: path to append to. `bell`: a non-blocking descriptor that gets one
// byte a line, so that a reader can block in poll(2) and needs no timer. A
// full pipe is a bell that rings already, and a reader that went is not ours
// to complain about.
export function eventLog({ file, bell }) {
  const fd = file === undefined ? undefined : openSync(file, 'a', 0o600);
  const issued_fd = file === undefined
    ? undefined : openSync(`${file}.issued`, 'a', 0o600);
  const connections = new WeakMap();
  let accepted = 0;

  function write(event) {
    if (fd !== undefined) {
      writeSync(fd, `${JSON.stringify(event)}\n`);
    }
    if (bell !== undefined) {
      try {
        writeSync(bell, '\n');
      } catch (err) {
        if (!['EAGAIN', 'EPIPE'].includes(err.code)) throw err;
      }
    }
  }

  // `answer`: the body of an answer, if it is an object.
  function issued(answer) {
    if (issued_fd === undefined) return;
    for (const kind of SECRETS) {
      const value = answer?.[kind];
      if (typeof value === 'string') {
        writeSync(issued_fd, `${JSON.stringify({ kind, value })}\n`);
      }
    }
  }

  return {
    write,
    issued,

    connection(socket) {
      accepted += 1;
      connections.set(socket, accepted);
    },

    // Koa middleware, outermost. It hooks end() because some answers
    // (interactionFinished) are sent past Koa, and must be logged first too.
    async middleware(ctx, next) {
      const { res } = ctx;
      const { end } = res;
      const t = now_ms();
      const conn = connections.get(ctx.req.socket) ?? null;
      let written = false;

      function finish(status) {
        if (written) return;
        written = true;
        issued(ctx.body);
        issued(sentCode(res.getHeader('location')));
        write({
          t: round(t),
          ms: round(now_ms() - t),
          method: ctx.method,
          status,
          conn,
          conns: accepted,
          ...describe(ctx),
        });
      }

      res.end = function loggedEnd(...args) {
        finish(res.statusCode);
        return end.apply(res, args);
      };
      res.on('close', () => finish(null));
      await next();
    },
  };
}
