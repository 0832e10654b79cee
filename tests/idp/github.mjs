#!/usr/bin/env node
// SPDX-License-Identifier: BSD-2-Clause
// A stand-in for GitHub and GitHub Enterprise Server: the device flow of an
// OAuth app and the part of the REST API that says who somebody is. It is as
// strict as they are about what it is sent, and Node alone, no packages.
//
// Three origins, as theirs are: `web` is github.com and, with /api/v3, an
// Enterprise Server; `api` is api.github.com; `elsewhere` is nobody's, and no
// client has any business there. Nobody has to approve.
//
// What happens is in the client_id, NAME=VALUE joined by "+"; see `defaults`.

import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

import { eventLog, now_ms, round } from './events.mjs';
import { begin } from './process.mjs';

const USAGE = `usage: github.mjs --tls DIR [--interval N] [--event-log FILE]
                  [--event-fd N]`;
const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code';
const DOCS = 'https://docs.github.com';
const BODY_MAX = 64 * 1024;

const defaults = {
  login: 'alice',
  id: '583231',         // JSON; "" = none
  scope: undefined,     // granted; default: as asked; "none" = not said
  teams: '5',           // in how many teams besides `team`, which is last
  team: 'platform',     // "" = in no more
  org: 'example',       // whose teams they are; those of another have others'
                        // numbers
  api: '200',           // status of /user/teams
  type: 'application/json; charset=utf-8',
  // where the next page is: elsewhere, http, endless, self, relative, broken,
  // twice; separate: a header for each link; long: one of 9 KiB; or as it
  // should be
  next: '',
  pending: '0',         // polls before the one that is granted
  // enabled=no: the app has not opted in to the device flow
  enabled: 'yes',
};

function readArguments() {
  const string = { type: 'string' };
  const { values } = parseArgs({
    options: {
      tls: string, interval: string, 'event-log': string, 'event-fd': string,
    },
  });
  if (!values.tls) throw new Error('--tls is missing');
  return {
    directory: resolve(values.tls),
    interval_s: Number(values.interval ?? 5),
    file: values['event-log'],
    bell: values['event-fd'] && Number(values['event-fd']),
  };
}

function behaviour(clientId) {
  const given = clientId.split('+').map((flag) => {
    const at = flag.indexOf('=');
    return [flag.slice(0, at), flag.slice(at + 1)];
  });
  return { ...defaults, ...Object.fromEntries(given) };
}

class GitHub {
  #codes = new Map();           // device_code -> {clientId, scopes, ...}
  #tokens = new Map();          // access token -> the same

  constructor(options, log) {
    Object.assign(this, { options, log, origins: {} });
  }

  // --- github.com/login -----------------------------------------------------

  // "Scopes for OAuth apps": the larger of two alone, commas between them
  static #normalize(text) {
    const scopes = new Set(text.split(/[ ,]+/).filter(Boolean));
    if (scopes.has('user')) {
      for (const scope of ['read:user', 'user:email', 'user:follow']) {
        scopes.delete(scope);
      }
    }
    if (scopes.has('admin:org')) scopes.delete('write:org');
    if (scopes.has('admin:org') || scopes.has('write:org')) {
      scopes.delete('read:org');
    }
    return [...scopes];
  }

  #deviceCode(form) {
    const clientId = form.get('client_id');
    if (!clientId) return [404, { error: 'Not Found' }];
    const flags = behaviour(clientId);
    if (flags.enabled !== 'yes') {
      return [200, {
        error: 'device_flow_disabled',
        error_description: 'Device Flow must be explicitly enabled for this'
          + ' App',
        error_uri: DOCS,
      }];
    }
    const code = randomBytes(20).toString('hex');
    const asked = form.get('scope') ?? '';
    this.#codes.set(code, {
      clientId,
      flags,
      scopes: GitHub.#normalize(flags.scope ?? asked),
      interval_s: this.options.interval_s,
      polls: 0,
      last_ms: now_ms(),
    });
    const letters = randomBytes(4).toString('hex').toUpperCase();
    return [200, {
      device_code: code,
      user_code: `${letters.slice(0, 4)}-${letters.slice(4)}`,
      verification_uri: `${this.origins.web}/login/device`,
      expires_in: 899,
      interval: this.options.interval_s,
    }];
  }

  #poll(form) {
    const fail = (error, error_description, more = {}) => (
      [200, { error, error_description, error_uri: DOCS, ...more }]);
    const grant = this.#codes.get(form.get('device_code'));
    if (form.get('grant_type') !== DEVICE_GRANT) {
      return fail('unsupported_grant_type', 'The grant type is wrong.');
    }
    if (!grant) {
      return fail('incorrect_device_code',
        'The device_code provided is not valid.');
    }
    if (form.get('client_id') !== grant.clientId) {
      return fail('incorrect_client_credentials',
        'The client_id passed is incorrect.');
    }
    const since_ms = now_ms() - grant.last_ms;
    grant.last_ms = now_ms();
    grant.polls += 1;
    if (since_ms < grant.interval_s * 1000 - 1) {
      grant.interval_s += 5;
      return fail('slow_down', 'Too many requests have been made in the same'
        + ' timeframe.', { interval: grant.interval_s });
    }
    if (grant.polls <= Number(grant.flags.pending)) {
      return fail('authorization_pending',
        'The authorization request is still pending.');
    }
    this.#codes.delete(form.get('device_code'));
    const token = `gho_${randomBytes(18).toString('hex')}`;
    this.#tokens.set(token, grant);
    return [200, {
      access_token: token,
      token_type: 'bearer',
      ...(grant.flags.scope === 'none' ? {}
        : { scope: grant.scopes.join(',') }),
    }];
  }

  // --- api.github.com -------------------------------------------------------

  #user({ flags: { login, id } }) {
    return [200, {
      login,
      ...(id === '' ? {} : { id: JSON.parse(id) }),
      node_id: 'MDQ6VXNlcjU4MzIzMQ==',
      html_url: `${this.origins.web}/${login}`,
      type: 'User',
      site_admin: false,
      name: null,
      email: null,
      two_factor_authentication: true,
      plan: { name: 'free', space: 976562499, private_repos: 10000 },
    }];
  }

  #emails({ flags: { login } }) {
    return [200, [
      { email: `${login}@example.com`, primary: true, verified: true,
        visibility: 'private' },
      { email: `${login}@old.example.com`, primary: false, verified: false,
        visibility: null },
    ]];
  }

  #orgs() {
    return [200, [{ login: 'example', id: 1296269, description: null }]];
  }

  #teams({ flags }) {
    if (flags.api !== '200') {
      return [Number(flags.api), { message: 'Not today', status: flags.api }];
    }
    const names = Array.from({ length: Number(flags.teams) },
      (_, i) => `team-${i + 1}`);
    if (flags.team !== '') names.push(flags.team);
    return [200, names.map((slug, i) => ({
      id: (flags.org === 'example' ? 100 : 200) + i + 1,
      slug,
      name: slug.toUpperCase(),
      privacy: 'closed',
      parent: null,
      organization: { login: flags.org, id: 1296269 },
    }))];
  }

  // path -> scopes, one of which it takes
  static #resources = {
    '/user': [],
    '/user/emails': ['user:email', 'user'],
    '/user/orgs': ['read:org', 'write:org', 'admin:org', 'user'],
    '/user/teams': ['read:org', 'write:org', 'admin:org', 'user', 'repo'],
  };

  #read(path, grant) {
    switch (path) {
      case '/user': return this.#user(grant);
      case '/user/emails': return this.#emails(grant);
      case '/user/orgs': return this.#orgs(grant);
      default: return this.#teams(grant);
    }
  }

  // One page of a list, and the header that says where the others are.
  #page(list, url, base, { flags }) {
    const size = Math.min(Number(url.searchParams.get('per_page') ?? 30), 100);
    const page = Number(url.searchParams.get('page') ?? 1);
    const last = Math.max(1, Math.ceil(list.length / size));
    const at = (n, origin = base) => {
      const query = new URLSearchParams(url.searchParams);
      query.set('page', n);
      return `${origin}?${query}`;
    };
    const { pathname } = new URL(base);
    const astray = {
      elsewhere: () => at(page + 1, `${this.origins.elsewhere}${pathname}`),
      http: () => at(page + 1, base.replace('https:', 'http:')),
      endless: () => at(page + 1),
      self: () => at(page),
      relative: () => `${pathname}?page=${page + 1}`,
    }[flags.next];
    const links = [];
    const add = (n, rel) => links.push(`<${at(n)}>; rel="${rel}"`);
    if (page > 1) add(page - 1, 'prev');
    if (astray) links.push(`<${astray()}>; rel="next"`);
    else if (page < last) add(page + 1, 'next');
    if (page < last) add(last, 'last');
    if (page > 1) add(1, 'first');
    if (flags.next === 'broken') links.push('<https://x');
    if (flags.next === 'twice') links.push(`<${at(9)}>; rel=next`);
    if (flags.next === 'long') {
      links.unshift(`<${base}>; title="${'x'.repeat(9000)}"`);
    }
    const link = flags.next === 'separate' ? links : links.join(', ');
    return [list.slice((page - 1) * size, page * size),
      links.length > 0 ? { Link: link } : {}];
  }

  #resource(request, url, base, path) {
    const no = (status, message, more = {}) => (
      [status, { message, documentation_url: `${DOCS}/rest`, ...more }]);
    const { headers, method } = request;
    if (!headers['user-agent']) {
      return [403, 'Request forbidden by administrative rules. Please make'
        + ' sure your request has a User-Agent header'];
    }
    const token = /^(?:Bearer|token) (\S+)$/i.exec(
      headers.authorization ?? '')?.[1];
    const grant = this.#tokens.get(token);
    if (token === undefined) return no(401, 'Requires authentication');
    if (!grant) return no(401, 'Bad credentials');
    if (method !== 'GET') return no(404, 'Not Found');
    const scopes = GitHub.#resources[path];
    if (scopes === undefined) return no(404, 'Not Found');
    if (!/^(?:application\/(?:vnd\.github[\w.]*\+)?json|\*\/\*)/.test(
      headers.accept ?? '*/*')) {
      return no(415, `Unsupported 'Accept' header: '${headers.accept}'.`);
    }
    const about = {
      'X-OAuth-Scopes': grant.scopes.join(', '),
      'X-Accepted-OAuth-Scopes': scopes.join(', '),
      'Content-Type': grant.flags.type,
    };
    if (scopes.length > 0 && !scopes.some((s) => grant.scopes.includes(s))) {
      // what a token may not see is not there
      return [...no(path === '/user/teams' ? 403 : 404, 'Not Found'), about];
    }
    const [status, body] = this.#read(path, grant);
    if (!Array.isArray(body)) return [status, body, about];
    const [page, link] = this.#page(body, url, base + url.pathname, grant);
    return [status, page, { ...about, ...link }];
  }

  // --- both -----------------------------------------------------------------

  // [status, body, headers]
  #answer(where, request, url, body) {
    const form = new URLSearchParams(body);
    const type = request.headers['content-type'] ?? '';
    const isForm = request.method === 'POST'
      && type.startsWith('application/x-www-form-urlencoded');
    if (where === 'web' && url.pathname === '/login/device/code' && isForm) {
      return this.#shape(request, this.#deviceCode(form));
    }
    if (where === 'web' && url.pathname === '/login/oauth/access_token'
      && isForm) {
      return this.#shape(request, this.#poll(form));
    }
    const prefix = { web: '/api/v3', api: '' }[where];
    if (prefix === undefined || !url.pathname.startsWith(`${prefix}/`)) {
      return [404, { message: 'Not Found' }];
    }
    return this.#resource(request, url, this.origins[where],
      url.pathname.slice(prefix.length));
  }

  // Forms, unless JSON is asked for.
  #shape(request, [status, body]) {
    if (/\bjson\b/.test(request.headers.accept ?? '')) return [status, body];
    return [status, String(new URLSearchParams(body)),
      { 'Content-Type': 'application/x-www-form-urlencoded; charset=utf-8' }];
  }

  #clientOf(request, body) {
    const token = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '');
    return this.#tokens.get(token?.[1])?.clientId
      ?? new URLSearchParams(body).get('client_id');
  }

  async serve(where, request, response) {
    const t = now_ms();
    let body = '';
    for await (const part of request) {
      body += part;
      if (body.length > BODY_MAX) request.destroy();
    }
    const url = new URL(request.url, this.origins[where]);
    const [status, answer, headers = {}] = this.#answer(where, request, url,
      body);
    const text = typeof answer === 'string' ? answer : JSON.stringify(answer);
    if (typeof answer === 'object') this.log.issued(answer);
    this.log.write({
      t: round(t),
      ms: round(now_ms() - t),
      where,
      method: request.method,
      path: url.pathname,
      page: url.searchParams.get('page'),
      status,
      client_id: this.#clientOf(request, body),
      scope: new URLSearchParams(body).get('scope'),
      bearer: /^Bearer /.test(request.headers.authorization ?? ''),
      ua: request.headers['user-agent'] ?? null,
    });
    response.writeHead(status, {
      'Content-Type': typeof answer === 'string' ? 'text/plain'
        : 'application/json; charset=utf-8',
      'Content-Length': Buffer.byteLength(text),
      ...headers,
    });
    response.end(text);
  }

  async listen() {
    const tls = Object.fromEntries(['key', 'cert'].map((what) => [what,
      readFileSync(join(this.options.directory,
        what === 'key' ? 'server.key' : 'server.pem'))]));
    for (const where of ['web', 'api', 'elsewhere']) {
      const server = createServer({ ...tls, minVersion: 'TLSv1.2' });
      // one connection must be able to last a whole login
      server.keepAliveTimeout = 120_000;
      server.on('request', (request, response) => {
        this.serve(where, request, response).catch((err) => {
          console.error(err.stack);
          response.destroy();
        });
      });
      server.listen({ host: '127.0.0.1', port: 0, backlog: 1024 });
      await once(server, 'listening');
      this.origins[where] = `https://127.0.0.1:${server.address().port}`;
    }
  }
}

async function main() {
  const options = begin(readArguments, USAGE);
  const github = new GitHub(options, eventLog(options));
  await github.listen();
  console.log(JSON.stringify({
    issuer: github.origins.web,
    origins: github.origins,
    port: Number(new URL(github.origins.web).port),
    ca_file: join(options.directory, 'ca.pem'),
    pid: process.pid,
  }));
}

await main();
