// SPDX-License-Identifier: BSD-2-Clause
// What the client owes the provider. Each rule that is broken is reported by
// its name; tests/idp/test_hostile.py shows each of them broken once.
//
// A login begins with a request for the metadata; whatever the client sends
// until the next one belongs to it. So each login needs a client_id of its
// own, or its turn.

import { now_ms } from '../events.mjs';

export const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code';
export const CIBA_GRANT = 'urn:openid:params:grant-type:ciba';
const DEFAULT_INTERVAL_S = 5;   // RFC 8628 3.2
const SLOW_DOWN_MS = 5000;      // RFC 8628 3.5
const INTERVAL_MAX_S = 3600;    // pam_oauth's own: the longest life of a code
// Clocks are read in whole milliseconds.
const TOLERANCE_MS = 1;
// How often a login may ask: one new code (an expired one is renewed once),
// one refetch of the keys (OpenID Connect Core 10.1.1).
const OFTEN = { metadata: 1, device: 2, jwks: 2, userinfo: 1 };
const METHODS = { device: 'POST', token: 'POST' };
// OpenID Connect Core 3.1.2.1 has those that are more than a presence
const DEVICE_PARAMS = {
  client_id: /./,
  client_secret: /./,
  scope: /./,
  nonce: /./,
  acr_values: /^\S+(?: \S+)*$/,
  max_age: /^[1-9]\d*$/,
};
// CIBA Core 7.1; binding_message as the strictest providers want it
const CIBA_PARAMS = {
  client_id: /./,
  client_secret: /./,
  scope: /./,
  login_hint: /./,
  binding_message: /^[\w.+#-]{1,50}$/,
  acr_values: DEVICE_PARAMS.acr_values,
  max_age: DEVICE_PARAMS.max_age,
  requested_expiry: /^[1-9]\d*$/,
};
const EXPIRED = ['expired_token', 'token_expired', 'code_expired'];
const NO_HEADERS = ['cookie', 'referer', 'expect', 'accept-encoding',
  'upgrade', 'transfer-encoding'];

const seconds = (ms) => `${(ms / 1000).toFixed(3)} s`;

class Login {
  connections = [];
  asked = {};
  over = undefined;             // why it is
  lost = undefined;             // an endpoint: see answered()
  interval_ms = 0;

  constructor(began) {
    this.began = began;
  }
}

// The parameters of a form, each once and every byte encoded as it must be.
function parseForm(body) {
  if (/[^\w.~*%+&=-]/.test(body) || /%(?![0-9A-F]{2})/i.test(body)) {
    return undefined;
  }
  const params = new URLSearchParams(body);
  const names = [...params.keys()];
  return new Set(names).size === names.length ? params : undefined;
}

function toSeconds(value, otherwise) {
  const number = Number(value ?? 0);
  return number > 0 ? number : otherwise;
}

// What the client must take an answer to a poll for.
function meaning({ status, body }, fault) {
  if (fault || typeof body !== 'object' || Buffer.isBuffer(body)
    || body instanceof URLSearchParams) return 'trouble';
  if (body.error === 'authorization_pending') return 'pending';
  if (body.error === 'slow_down') return 'slow_down';
  if (EXPIRED.includes(body.error)) return 'expired';
  if (status === 429 || status >= 500) return 'trouble';
  return status < 300 && body.access_token ? 'granted' : 'final';
}

export class Conduct {
  constructor(report) {
    this.report = report;
  }

  // A request has come; returns its parameters.
  request(r) {
    const { client } = r;
    r.connection.requests += 1;
    const blame = (rule, detail) => this.report(client, r, rule, detail);
    const params = this.form(r, blame);
    if (r.endpoint === 'unknown') blame('unknown-path', r.request.target);
    this.headers(r, blame);
    this.login(r, blame);
    if (r.endpoint === 'token') this.poll(r, params, blame);
    if (r.endpoint === 'device') this.deviceRequest(r, params, blame);
    if (params.size > 0 || METHODS[r.endpoint]) {
      this.authentication(r, params, blame);
    }
    return params;
  }

  headers({ request, endpoint, client }, blame) {
    const { method, target, version, headers, header } = request;
    if (method !== (METHODS[endpoint] ?? 'GET')) blame('method', method);
    if (version !== 'HTTP/1.1') blame('version', version);
    if (target.includes('?')) blame('query', 'the URL has a query');
    const secrets = [client.server.secret, ...client.accessTokens,
      ...client.grants.keys()];
    const plain = decodeURIComponent(target.replaceAll('+', '%20'));
    if (secrets.some((s) => target.includes(s) || plain.includes(s))) {
      blame('secret-in-url', endpoint);
    }
    const names = headers.map(([name]) => name);
    for (const name of NO_HEADERS.filter((n) => names.includes(n))) {
      blame(name === 'cookie' ? 'cookie' : 'header', name);
    }
    if (new Set(names).size !== names.length) blame('header', 'repeated');
    if (header('host') !== `127.0.0.1:${request.port}`) {
      blame('host', header('host'));
    }
    if (!/^application\/json\b/.test(header('accept') ?? '')) {
      blame('accept', header('accept'));
    }
    if (!header('user-agent')) blame('user-agent', 'there is none');
    const bearer = /^Bearer (.+)$/.exec(header('authorization') ?? '')?.[1];
    if (endpoint === 'userinfo' && !client.accessTokens.has(bearer)) {
      blame('bearer', 'not the access token');
    }
    if (['metadata', 'jwks'].includes(endpoint) && header('authorization')) {
      blame('authorization', endpoint);
    }
  }

  form({ request, endpoint }, blame) {
    const none = new URLSearchParams();
    if (!METHODS[endpoint]) {
      if (request.body !== '') blame('body', 'a GET with a body');
      return none;
    }
    const type = request.header('content-type') ?? '';
    if (type.toLowerCase() !== 'application/x-www-form-urlencoded') {
      blame('content-type', type);
    }
    const params = parseForm(request.body);
    if (!params) blame('body', 'not a form, or a parameter twice');
    return params ?? none;
  }

  authentication({ request, client }, params, blame) {
    const { flags, id, server } = client;
    if (params.get('client_id') !== id) {
      blame('client-id', params.get('client_id'));
    }
    // RFC 6749 2.3.1: each form-encoded, then joined
    const [scheme, text] = (request.header('authorization') ?? '').split(' ');
    const pair = Buffer.from(text ?? '', 'base64').toString().split(':')
      .map((part) => new URLSearchParams(`x=${part}`).get('x'));
    const basic = scheme === 'Basic' && pair.length === 2
      && pair[0] === id && pair[1] === server.secret;
    if (flags.has('secret_basic') ? !basic : scheme !== '') {
      blame('client-secret', 'in the header');
    }
    if (params.get('client_secret')
      !== (flags.has('secret_post') ? server.secret : null)) {
      blame('client-secret', 'in the body');
    }
  }

  // One connection, not too much, not too late, and nothing after the end.
  login(r, blame) {
    const { client, endpoint, connection } = r;
    const known = client.login?.connections.includes(connection);
    r.repeated = client.login?.lost === endpoint;
    if (!client.login || (endpoint === 'metadata' && !known && !r.repeated)) {
      client.login = new Login(r.t);
    }
    const { login } = client;
    login.lost = undefined;
    if (!r.repeated) this.count(r, login, blame);
    this.connect(r, login, blame);
  }

  count({ client, endpoint, t }, login, blame) {
    login.asked[endpoint] = (login.asked[endpoint] ?? 0) + 1;
    // MFA fatigue: a push is for what somebody does, and not renewed
    const once = endpoint === 'device' && client.ciba;
    if (login.asked[endpoint] > (once ? 1 : OFTEN[endpoint])) {
      blame('too-often', `${endpoint}: ${login.asked[endpoint]}`);
    }
    if (login.over && !(login.over === 'granted'
      && ['jwks', 'userinfo'].includes(endpoint))) {
      blame('after-the-end', `${endpoint} after ${login.over}`);
    }
    const limit = client.flags.number('deadline', 0) * 1000;
    if (limit > 0 && t - login.began > limit) {
      blame('past-deadline', seconds(t - login.began));
    }
  }

  // One for each origin. What we have broken is not the client's fault.
  connect({ connection }, login, blame) {
    if (login.connections.includes(connection)) return;
    const before = login.connections.find(
      (other) => other.port === connection.port && !other.excused);
    if (before) {
      blame('another-connection', `${before.id}, then ${connection.id}`);
    }
    login.connections.push(connection);
  }

  deviceRequest({ client: { ciba } }, params, blame) {
    const known = ciba ? CIBA_PARAMS : DEVICE_PARAMS;
    if (ciba && !params.has('login_hint')) blame('parameter', 'login_hint');
    const scope = params.get('scope')?.split(' ') ?? [];
    if (!scope.includes('openid')) blame('scope', params.get('scope'));
    for (const [name, value] of params) {
      if (!known[name]?.test(value)) blame('parameter', name);
    }
  }

  poll({ client, t, repeated }, params, blame) {
    const [type, code] = client.ciba
      ? [CIBA_GRANT, 'auth_req_id'] : [DEVICE_GRANT, 'device_code'];
    const grant = client.grants.get(params.get(code));
    if (params.get('grant_type') !== type) {
      blame('grant-type', params.get('grant_type'));
    }
    for (const name of params.keys()) {
      if (!['client_id', 'client_secret', 'grant_type', code]
        .includes(name)) blame('parameter', name);
    }
    if (!grant?.rule) {
      blame('device-code', 'not one of ours');
      return;
    }
    const { rule } = grant;
    Object.assign(grant, {
      sinceLast_ms: t - rule.answered,
      age_ms: t - rule.began,
      interval_ms: client.login.interval_ms,
      lifetime_ms: rule.lifetime_ms,
    });
    if (repeated) return;
    if (rule.waiting) blame('impatient', 'the poll before has no answer yet');
    if (grant.sinceLast_ms + TOLERANCE_MS < client.login.interval_ms) {
      blame('early-poll', `${seconds(grant.sinceLast_ms)} instead of ${
        seconds(client.login.interval_ms)}`);
    }
    if (t + TOLERANCE_MS < rule.notBefore) {
      blame('early-poll', 'earlier than Retry-After or a backoff allows');
    }
    if (grant.age_ms > grant.lifetime_ms) {
      blame('expired-poll', seconds(grant.age_ms));
    }
    if (rule.over) blame('after-the-end', `token after ${rule.over}`);
    rule.waiting = true;
  }

  // An answer is about to leave. `fault`: how it will be spoilt, if it is.
  //
  // Without a byte of an answer on a connection that had been in use, a client
  // cannot know whether its request was read, or the connection was closed for
  // idleness before. It may repeat it once, at once (RFC 9112 9.3.1; libcurl
  // does): so that is the same request.
  answered({ client, endpoint, connection }, message, grant, fault) {
    const { login } = client;
    const t = now_ms();
    const useless = fault && !fault.harmless;
    const bad = useless || message.status !== 200;
    if (fault?.lost && connection.requests > 1) login.lost = endpoint;
    if (['metadata', 'device'].includes(endpoint) && bad) {
      login.over = `a failure of ${endpoint}`;
    } else if (endpoint === 'device') {
      this.deviceAnswered(login, message.body, grant, t);
    } else if (endpoint === 'token' && grant) {
      this.pollAnswered(login, message, grant, useless, t);
    }
  }

  // It has left, or the client has.
  sent(grant) {
    if (grant?.rule) grant.rule.waiting = false;
  }

  deviceAnswered(login, body, grant, t) {
    const interval = toSeconds(body.interval, DEFAULT_INTERVAL_S);
    // what slow_down has added stays, with a new code as well
    login.interval_ms = Math.max(login.interval_ms,
      Math.min(interval, INTERVAL_MAX_S) * 1000);
    grant.rule = {
      began: t,
      answered: t,
      lifetime_ms: toSeconds(body.expires_in, Infinity) * 1000,
      notBefore: 0,
      waiting: false,
    };
  }

  pollAnswered(login, message, grant, fault, t) {
    const { rule } = grant;
    const what = meaning(message, fault);
    const retry = message.headers.find(([name]) => name === 'Retry-After');
    rule.answered = t;
    rule.notBefore = t + (retry ? retry[1] * 1000 : 0);
    if (what === 'slow_down') {
      login.interval_ms = Math.max(login.interval_ms + SLOW_DOWN_MS,
        (message.body.interval ?? 0) * 1000);
    } else if (what === 'trouble') {
      // RFC 8628 3.5: the frequency goes down; doubling is recommended
      rule.notBefore = Math.max(rule.notBefore, t + 2 * login.interval_ms);
    } else if (what === 'expired') {
      rule.over = 'expired_token';
    } else if (what !== 'pending') {
      login.over = what === 'granted' ? 'granted'
        : `${message.body.error ?? 'a final answer'}`;
    }
  }
}
