#!/usr/bin/env node
// SPDX-License-Identifier: BSD-2-Clause
// The hostile provider's process: arguments, listeners, the way of a request.
// ../README.md has the options, flags.mjs the behaviours.

import { randomBytes, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { createSecureContext, TLSSocket } from 'node:tls';
import { parseArgs } from 'node:util';

import { eventLog, now_ms, round } from '../events.mjs';
import { begin } from '../process.mjs';
import { Client } from './client.mjs';
import { Conduct } from './conduct.mjs';
import { FLAGS } from './flags.mjs';
import { bodyBytes, headBytes, readRequests, send } from './http.mjs';
import { makeKeys, privatePem, publicPem } from './jose.mjs';
import { CAPS } from './wire.mjs';

const USAGE = `usage: server.mjs --tls DIR [--event-log FILE] [--event-fd N]`;
const MODERN = { minVersion: 'TLSv1.2' };
// name -> certificate (make-certs) and options; null: no TLS
const LISTENERS = {
  main: ['server', MODERN],
  other: ['server', MODERN],
  wrong_host: ['wrong_host', MODERN],
  expired: ['expired', MODERN],
  future: ['future', MODERN],
  self_signed: ['self_signed', MODERN],
  tls_11: ['server', {
    minVersion: 'TLSv1.1',
    maxVersion: 'TLSv1.1',
    ciphers: 'DEFAULT@SECLEVEL=0',
  }],
  plain: null,
};

function readArguments() {
  const string = { type: 'string' };
  const { values } = parseArgs({
    options: { tls: string, 'event-log': string, 'event-fd': string },
  });
  if (!values.tls) throw new Error('--tls is missing');
  return {
    directory: resolve(values.tls),
    file: values['event-log'],
    bell: values['event-fd'] && Number(values['event-fd']),
  };
}

// One accepted connection; `excused` once it cannot be used any longer
// through no fault of the client's.
class Connection {
  excused = false;
  requests = 0;

  constructor(id, port, raw, socket) {
    Object.assign(this, { id, port, raw, socket });
  }

  send(message) {
    return send(this.socket, Buffer.concat(
      [headBytes(message), bodyBytes(message)]));
  }

  close() {
    this.excused = true;
    this.socket.end();
  }

  // RST instead of close_notify and FIN.
  async reset() {
    this.excused = true;
    this.raw.resetAndDestroy();
    this.socket.destroy();
  }
}

class Server {
  clients = new Map();
  accepted = 0;
  ports = {};

  constructor(options, log, keys) {
    const pem = readFileSync(join(options.directory, 'server.pem'));
    Object.assign(this, {
      options,
      log,
      keys,
      secret: `+ &=${randomBytes(32).toString('base64url')}`,
      octKey: randomBytes(32),
      certificate: new X509Certificate(pem).raw.toString('base64'),
    });
    this.conduct = new Conduct((client, r, rule, detail) => log.write({
      event: 'violation',
      t: round(r.t),
      client_id: client.id,
      endpoint: r.endpoint,
      conn: r.connection.id,
      rule,
      detail,
    }));
  }

  async listen() {
    for (const [name, tls] of Object.entries(LISTENERS)) {
      const server = createServer();
      const context = tls && this.context(...tls);
      server.on('connection', (raw) => this.accept(name, raw, context));
      server.listen({ host: '127.0.0.1', port: 0, backlog: 1024 });
      await once(server, 'listening');
      this.ports[name] = server.address().port;
    }
    this.issuer = `https://127.0.0.1:${this.ports.main}`;
  }

  context(name, options) {
    const read = (end) => readFileSync(
      join(this.options.directory, `${name}.${end}`));
    return createSecureContext(
      { ...options, cert: read('pem'), key: read('key') });
  }

  accept(name, raw, secureContext) {
    const socket = secureContext
      ? new TLSSocket(raw, { isServer: true, secureContext }) : raw;
    this.accepted += 1;
    const connection = new Connection(
      this.accepted, this.ports[name], raw, socket);
    this.log.write({
      event: 'connection',
      t: round(now_ms()),
      conn: connection.id,
      listener: name,
    });
    // a client may leave when it wants
    raw.on('error', () => {});
    socket.on('error', () => {});
    if (!secureContext) {
      // what a web server says to a TLS ClientHello
      raw.once('data', () => raw.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
      return;
    }
    readRequests(socket, (request) => this.serve(request, connection));
  }

  client(id) {
    if (!this.clients.has(id)) this.clients.set(id, new Client(id, this));
    return this.clients.get(id);
  }

  async serve(request, connection) {
    const t = now_ms();
    // said behind our last word: a server that has gone reads it no more
    if (connection.socket.writableEnded) return;
    request.port = connection.port;
    const [path] = request.target.split('?');
    const [, id, ...rest] = path.split('/');
    const client = this.client(decodeURIComponent(id));
    const endpoint = client.endpointOf(rest.join('/'));
    const r = { t, request, client, endpoint, connection };
    const params = this.conduct.request(r);
    const { message, grant, fault } = client.answer(r, params);
    // who does not read it all cannot use the connection again
    if (fault || bodyBytes(message).length > CAPS[endpoint]) {
      connection.excused = true;
    }
    this.conduct.answered(r, message, grant, fault);
    this.log.issued(message.body);
    this.logRequest(r, params, message, fault);
    if (endpoint === 'device' && grant) this.tellInterval(client);
    if (fault) await fault.send(connection, message, client);
    else await connection.send(message);
    this.conduct.sent(grant);
  }

  // So that a test can wait for time to pass, by our clock.
  tellInterval(client) {
    setTimeout(() => this.log.write({
      event: 'interval-over', t: round(now_ms()), client_id: client.id,
    }), client.login.interval_ms).unref();
  }

  logRequest({ t, request, client, endpoint, connection }, params, message,
    fault) {
    const headers = request.headers.map(([name, value]) => (
      [name, name === 'authorization' ? value.split(' ')[0] : value]));
    this.log.write({
      event: 'request',
      t: round(t),
      ms: round(now_ms() - t),
      method: request.method,
      path: request.target.slice(0, 200),
      endpoint,
      status: message.status,
      conn: connection.id,
      conns: this.accepted,
      client_id: client.id,
      grant: params.get('grant_type'),
      params: [...params.keys()].sort(),
      headers: Object.fromEntries(headers),
      error: message.body.error ?? null,
      fault: fault?.name ?? null,
      ua: request.header('user-agent') ?? null,
    });
  }
}

async function main() {
  const options = begin(readArguments, USAGE);

  const keys = await makeKeys();
  const server = new Server(options, eventLog(options), keys);
  await server.listen();
  const write = (name, text) => writeFileSync(
    join(options.directory, name), text, { mode: 0o600 });
  write('hostile.secret', server.secret);
  write('client.key', privatePem(keys.client));
  write('client.pem', publicPem(keys.client));
  console.log(JSON.stringify({
    issuer: server.issuer,
    port: server.ports.main,
    ports: server.ports,
    ca_file: join(options.directory, 'ca.pem'),
    pid: process.pid,
    flags: Object.fromEntries(Object.entries(FLAGS)
      .map(([group, flags]) => [group, Object.keys(flags)])),
  }));
}

await main();
