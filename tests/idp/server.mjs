#!/usr/bin/env node
// SPDX-License-Identifier: BSD-2-Clause
// The test provider's process: arguments, TLS, and not outliving its parent.
// README.md has the options.

import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

import { eventLog } from './events.mjs';
import { begin } from './process.mjs';
import { makeProvider } from './provider.mjs';

const DAY = 86400;
const USAGE = `usage: server.mjs --tls DIR [--port N] [--interval N]
                  [--code-ttl SECONDS] [--event-log FILE] [--event-fd N]`;

function number(name, value, low, high) {
  if (value === undefined) return undefined;
  if (!/^\d{1,9}$/.test(value) || +value < low || +value > high) {
    throw new Error(`--${name}: a number from ${low} to ${high}, please`);
  }
  return Number(value);
}

function readArguments() {
  const string = { type: 'string' };
  const { values } = parseArgs({
    options: {
      tls: string,
      port: string,
      interval: string,
      'code-ttl': string,
      'event-log': string,
      'event-fd': string,
    },
  });
  if (!values.tls) throw new Error('--tls is missing');
  return {
    directory: resolve(values.tls),
    port: number('port', values.port, 0, 65535) ?? 0,
    interval: number('interval', values.interval, 0, DAY),
    codeTtl: number('code-ttl', values['code-ttl'], 1, DAY) ?? 300,
    file: values['event-log'],
    bell: number('event-fd', values['event-fd'], 3, 1e6),
  };
}

// stdout is for the one ready line. oidc-provider prints its notices there
// and its warnings on stderr; both go to stderr here, less the two kinds that
// only say that its development pages are in use, which is what we want.
function keepStdoutClean() {
  const known = [
    /^oidc-provider NOTICE: default \S+ function called, you SHOULD change/,
    /^oidc-provider WARNING: .* feature devInteractions is enabled/,
  ];
  const filter = (message) => {
    if (!known.some((pattern) => pattern.test(message))) {
      console.error(message);
    }
  };
  console.info = filter;
  console.warn = filter;
}

async function listen(directory, port) {
  const server = createServer({
    key: readFileSync(join(directory, 'server.key')),
    cert: readFileSync(join(directory, 'server.pem')),
    minVersion: 'TLSv1.2',
    // Asked of everybody, demanded of nobody; provider.mjs looks at it.
    ca: readFileSync(join(directory, 'ca.pem')),
    requestCert: true,
    rejectUnauthorized: false,
  });
  // One connection must be able to last a whole login, polls included.
  server.keepAliveTimeout = 120_000;
  server.headersTimeout = 130_000;
  // 1024: hundreds of logins start at once in the load tests.
  server.listen({ host: '127.0.0.1', port, backlog: 1024 });
  await once(server, 'listening');
  return server;
}

async function main() {
  const options = begin(readArguments, USAGE);

  keepStdoutClean();
  const log = eventLog(options);
  // The issuer has the port in it, so the port comes first; nobody is told
  // about it before there is a provider behind it.
  const server = await listen(options.directory, options.port);
  server.on('secureConnection', log.connection);
  const { port } = server.address();
  const issuer = `https://127.0.0.1:${port}`;
  const provider = await makeProvider(issuer, options, log);
  server.on('request', provider.callback());

  console.log(JSON.stringify({
    issuer,
    port,
    ca_file: join(options.directory, 'ca.pem'),
    pid: process.pid,
  }));
}

await main();
