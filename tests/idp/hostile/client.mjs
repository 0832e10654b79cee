// SPDX-License-Identifier: BSD-2-Clause
// One client_id: its flags, its grants, and which hooks an answer meets.

import { device } from './device.mjs';
import * as endpoints from './endpoints.mjs';
import { Flags, checkHooks } from './flags.mjs';
import { answer } from './http.mjs';
import { idt } from './idt.mjs';
import { keys } from './keys.mjs';
import { profiles } from './profiles.mjs';
import { token } from './token.mjs';
import { wire } from './wire.mjs';

checkHooks('device', device, ['device_status']);
checkHooks('token', token, ['token_reuse']);
checkHooks('idt', idt);
checkHooks('keys', keys);
checkHooks('wire', wire, ['redirect_status', 'drip_ms']);

const HOOKS = { ...device, ...token, ...idt, ...keys };
const PATHS = {
  '.well-known/openid-configuration': 'metadata',
  device: 'device',
  ciba: 'device',       // with that flag
  token: 'token',
  jwks: 'jwks',
  userinfo: 'userinfo',
};
const FIELDS = {
  device: 'device_authorization_endpoint',
  token: 'token_endpoint',
  jwks: 'jwks_uri',
  userinfo: 'userinfo_endpoint',
};

export class Client {
  grants = new Map();           // device_code -> grant
  accessTokens = new Set();
  login = undefined;            // conduct.mjs's
  #asked = {};                  // requests of each endpoint

  constructor(id, server) {
    this.id = id;
    this.server = server;
    this.flags = new Flags(id);
    this.base = `${server.issuer}/${id}`;
    this.ciba = ['', 'push'].includes(this.flags.text('ciba'));
    const name = this.flags.text('profile');
    const profile = profiles[name];
    if (name !== undefined && !profile) throw new Error(`profile "${name}"`);
    if (profile) this.flags.add(profile.flags);
    this.paths = profile?.paths ?? PATHS;
    this.hooks = [...(profile?.hooks ? [profile.hooks] : []),
      ...this.flags.names().map((name) => HOOKS[name] ?? {})];
  }

  run(stage, value, details) {
    return this.hooks.reduce((current, hook) => (
      hook[stage]?.(current, this, details) ?? current), value);
  }

  // Whether a flag that `times` limits still has its turn.
  active(endpoint) {
    const times = this.flags.number('times', 1);
    return times === undefined || this.#asked[endpoint] <= times;
  }

  endpointOf(path) {
    return this.paths[path] ?? 'unknown';
  }

  // The flags of the wire that are about an endpoint.
  #wireOf(endpoint) {
    return this.flags.names()
      .filter((name) => wire[name] && this.active(endpoint)
        && this.flags.list(name).some((at) => [endpoint, 'all'].includes(at)))
      .map((name) => ({ name, ...wire[name] }));
  }

  #place(document) {
    for (const [endpoint, field] of Object.entries(FIELDS)) {
      for (const { place } of this.#wireOf(endpoint)) {
        if (place && document[field]) {
          document[field] = place(document[field], this);
        }
      }
    }
  }

  // {message, grant, fault}: what to say, and in which unhealthy way.
  answer({ endpoint, request }, params) {
    this.request = request;
    this.#asked[endpoint] = (this.#asked[endpoint] ?? 0) + 1;
    let grant;
    let message = answer(404, { error: 'there is nothing here' });
    if (endpoint === 'device' || endpoint === 'token') {
      [message, grant] = endpoints[endpoint](this, params);
    } else if (endpoint !== 'unknown') {
      message = endpoints[endpoint](this);
    }
    if (endpoint === 'metadata') this.#place(message.body);
    const flags = this.#wireOf(endpoint);
    for (const { edit } of flags) {
      message = edit?.(message, this, endpoint) ?? message;
    }
    return { message, grant, fault: flags.find((flag) => flag.send) };
  }
}
