// SPDX-License-Identifier: BSD-2-Clause
// Flags of the wire. Each has for value the endpoints it is about. Hooks:
//
//   edit(message, client, endpoint)   another message
//   send(connection, message, client) puts bytes of its own on the wire;
//                                     resolves when it is done with them
//   place(url, client)                where the endpoint is instead
//
// `harmless`: a client may take the answer for good. `lost`: no byte of one.

import {
  setImmediate as breathe, setInterval as ticks,
} from 'node:timers/promises';
import { gzipSync } from 'node:zlib';

import { answer, bodyBytes, headBytes, send } from './http.mjs';

const DRIP_MS = 100;
const STORM = 10_000;
const BOMB = 40 * 1024 * 1024;  // 40 KiB when packed: below every cap
const BLOCK = Buffer.alloc(65536, 'x');
const DEEP = 20_000;
// What pam_oauth reads of each: response_max of its requests.
export const CAPS = {
  metadata: 256 * 1024,
  device: 64 * 1024,
  token: 64 * 1024,
  jwks: 1024 * 1024,
  userinfo: 256 * 1024,
};
const UNSIZED = [['Content-Length', undefined]];
const CHUNKED = [...UNSIZED, ['Transfer-Encoding', 'chunked']];
const CONTINUE = Buffer.from('HTTP/1.1 100 Continue\r\n\r\n');
const HUNDRED = Buffer.concat(Array(100).fill(CONTINUE));
const HINTS = Buffer.from('HTTP/1.1 103 Early Hints\r\n'
  + 'Link: </x.css>; rel=preload\r\n\r\n');

let bomb;

// Bytes, and then the end of the connection.
const last = (make) => ({
  async send(connection, message, client) {
    const { socket } = connection;
    for (const part of [make(message, client)].flat()) {
      await send(socket, typeof part === 'string'
        ? Buffer.from(part, 'latin1') : part);
    }
    connection.close();
  },
});

// `block` again and again, until the client has had enough.
async function forEver({ socket }, block) {
  while (socket.writable) {
    await send(socket, block);
    await breathe();            // others want to be served, too
  }
}

const closed = ({ socket }) => new Promise((resolve) => {
  if (socket.destroyed) resolve();
  socket.once('close', resolve);
});

// A byte a tick, as long as the client puts up with it.
async function drip({ socket }, bytes, client) {
  const tick = client.flags.number('drip_ms', DRIP_MS) ?? DRIP_MS;
  for await (const rest of ticks(tick, bytes.values())) {
    const { value, done } = rest.next();
    if (done || !socket.writable) return;
    await send(socket, Buffer.of(value));
  }
}

const chunkLie = (size) => last((message) => [
  headBytes(message, CHUNKED), `${size}\r\n`, bodyBytes(message), '\r\n']);

const headerLie = (extra) => last((message) => [
  headBytes(message, extra), bodyBytes(message)]);

const storm = (block, times) => ({
  harmless: true,
  async send(connection, message) {
    for (let i = 0; i < times; i += 100) {
      await send(connection.socket, Buffer.concat(Array(100).fill(block)));
    }
    await connection.send(message);
  },
});

const newBody = (change) => ({
  edit: (message, client, endpoint) => ({
    ...message,
    headers: [['Content-Type', 'application/json'], ...message.headers],
    body: Buffer.from(change(bodyBytes(message), endpoint)),
  }),
});

const newHeaders = (...headers) => ({
  edit: (message) => ({ ...message, headers }),
});

const otherPort = (listener) => ({
  place(url, client) {
    const other = new URL(url);
    other.port = client.server.ports[listener];
    return other.href;
  },
});

const resetAfter = (fraction) => ({
  async send(connection, message) {
    const all = Buffer.concat([headBytes(message), bodyBytes(message)]);
    const head = headBytes(message).length;
    const end = fraction === 'header' ? head / 2 : (head + all.length) / 2;
    await send(connection.socket, all.subarray(0, Math.floor(end)));
    await connection.reset();
  },
});

const redirectTo = (place) => ({
  edit(message, client) {
    const status = client.flags.number('redirect_status', 302) ?? 302;
    return answer(status, { moved: true }, [['Location', place(client)]]);
  },
});

const object = (bytes) => `${bytes}`.replace(/\}$/, '');

function padTo(size, bytes) {
  const padding = 'x'.repeat(size - bytes.length - ',"padding":""'.length);
  return `${object(bytes)},"padding":"${padding}"}`;
}

function twice(bytes) {
  const names = Object.keys(JSON.parse(`${bytes}`));
  return `${object(bytes)},${names.map((name) => `"${name}":null`)}}`;
}

export const wire = {
  truncated: {
    async send(connection, message) {
      const length = bodyBytes(message).length + 100;
      await send(connection.socket,
        headBytes(message, [['Content-Length', length]]));
      await send(connection.socket, bodyBytes(message));
      connection.close();
    },
  },
  chunk_too_big: chunkLie('ffff'),
  chunk_garbage: chunkLie('zz'),
  chunk_negative: chunkLie('-1'),
  chunk_huge: chunkLie('10000000000000005'),
  header_flood: last((message) => [
    'HTTP/1.1 200 OK\r\n', 'X-Flood: y\r\n'.repeat(100_000), '\r\n']),
  header_long: last((message) => [
    'HTTP/1.1 200 OK\r\nX-Long: ', Buffer.alloc(10_000_000, 'y'), '\r\n\r\n']),
  drip: {
    async send(connection, message, client) {
      await send(connection.socket, headBytes(message));
      await drip(connection, bodyBytes(message), client);
    },
  },
  drip_headers: {
    send: (connection, message, client) => (
      drip(connection, headBytes(message), client)),
  },
  silence: { send: closed },
  endless: {
    async send(connection, message) {
      await send(connection.socket, headBytes(message, UNSIZED));
      await send(connection.socket, '{"a":"');
      await forEver(connection, BLOCK);
    },
  },
  endless_chunked: {
    async send(connection, message) {
      await send(connection.socket, headBytes(message, CHUNKED));
      await forEver(connection, Buffer.concat([
        Buffer.from(`${BLOCK.length.toString(16)}\r\n`), BLOCK,
        Buffer.from('\r\n')]));
    },
  },
  gzip_bomb: {
    edit(message) {
      bomb ??= gzipSync(`{"a":"${'x'.repeat(BOMB)}"}`, { level: 9 });
      const type = ['Content-Type', 'application/json'];
      return answer(200, bomb, [type, ['Content-Encoding', 'gzip']]);
    },
  },
  redirect: redirectTo(({ id, server }) => (
    `https://127.0.0.1:${server.ports.other}/${id}/followed`)),
  redirect_file: redirectTo(() => 'file:///etc/passwd'),
  reset_handshake: {
    lost: true,
    send: (connection) => connection.reset(),
  },
  reset_header: resetAfter('header'),
  reset_body: resetAfter('body'),
  close_handshake: { lost: true, ...last(() => []) },
  storm_100: storm(CONTINUE, STORM),
  storm_103: storm(HINTS, STORM),
  storm_endless: {
    send: (connection) => forEver(connection, HUNDRED),
  },
  switching: {
    async send(connection) {
      await send(connection.socket, 'HTTP/1.1 101 Switching Protocols\r\n'
        + 'Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n');
      await closed(connection);
    },
  },
  close_announced: {
    harmless: true,
    async send(connection, message) {
      message.headers.push(['Connection', 'close']);
      await connection.send(message);
      connection.close();
    },
  },
  close_silent: {
    harmless: true,
    async send(connection, message) {
      await connection.send(message);
      connection.close();
    },
  },
  http09: last((message) => bodyBytes(message)),
  http2_preface: last(() => Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0])),
  nul_header: headerLie([['X-Nul', 'a\0b']]),
  two_lengths: last((message) => [
    `HTTP/1.1 200 OK\r\nContent-Length: ${bodyBytes(message).length}\r\n`
      + 'Content-Length: 1\r\nContent-Type: application/json\r\n\r\n',
    bodyBytes(message)]),
  length_and_chunked: {
    harmless: true,
    ...last((message) => [
      headBytes(message, [['Transfer-Encoding', 'chunked']]),
      `${bodyBytes(message).length.toString(16)}\r\n`, bodyBytes(message),
      '\r\n0\r\n\r\n']),
  },
  length_negative: headerLie([['Content-Length', '-1']]),
  no_content: last(() => 'HTTP/1.1 204 No Content\r\n\r\n'),
  status_garbage: last((message) => [
    `${headBytes(message)}`.replace(/ \d+ /, ' 99999 '), bodyBytes(message)]),
  wrong_type: newHeaders(['Content-Type', 'text/html; charset=utf-8']),
  no_type: newHeaders(['Content-Type', undefined]),
  bom: newBody((bytes) => `\ufeff${bytes}`),
  deep_json: newBody(() => `${'['.repeat(DEEP)}${']'.repeat(DEEP)}`),
  deep_member: newBody((bytes) => `${object(bytes)},"deep":${
    '['.repeat(DEEP)}${']'.repeat(DEEP)}}`),
  not_utf8: newBody((bytes) => Buffer.concat([
    Buffer.from(object(bytes)), Buffer.from(',"bad":"\xff"}', 'latin1')])),
  nul_json: newBody((bytes) => `${bytes}\0`),
  duplicate_member: newBody(twice),
  too_large: newBody((bytes, endpoint) => padTo(CAPS[endpoint] + 1, bytes)),
  empty: newBody(() => ''),
  trailing: newBody((bytes) => `${bytes}{}`),
  tls_wrong_host: otherPort('wrong_host'),
  tls_expired: otherPort('expired'),
  tls_future: otherPort('future'),
  tls_self_signed: otherPort('self_signed'),
  tls_11: otherPort('tls_11'),
  tls_none: otherPort('plain'),
  other_port: otherPort('other'),
  plain_http: { place: (url) => url.replace(/^https/, 'http') },
};
