// SPDX-License-Identifier: BSD-2-Clause
// CIBA, poll mode, and a phone: what a provider's app does, over HTTP.
//
//   GET  /phone                   what waits for an answer, oldest first
//   POST /phone?id=ID&answer=A    A: approve, deny, or fail
//
// login_hint is a login of accounts.mjs, or the same with @example.com; or
// Auth0's JSON {"format": "iss_sub", "iss": ..., "sub": ...}. dave has a
// user code, 4711. Messages are of the characters that the stricter providers
// take, and at most 50, as Keycloak's.

import { bySub, findByLogin } from './accounts.mjs';

const MESSAGE = /^[a-zA-Z0-9._+#-]{1,50}$/;
const USER_CODES = new Map([[findByLogin('dave').sub, '4711']]);

const waiting = new Map();

function findByHint(ctx, hint) {
  if (!hint.startsWith('{')) {
    return findByLogin(hint.replace(/@example\.com$/, ''))?.sub;
  }
  const { format, iss, sub } = JSON.parse(hint);
  return format === 'iss_sub' && iss === ctx.oidc.issuer ? sub : undefined;
}

export const cibaFeature = (errors) => ({
  enabled: true,
  deliveryModes: ['poll'],
  processLoginHint: findByHint,
  async processLoginHintToken() {
    throw new errors.ExpiredLoginHintToken('none is taken here');
  },
  async verifyUserCode(ctx, account) {
    const expected = USER_CODES.get(account.accountId);
    const code = ctx.oidc.params.user_code;
    if (expected && !code) throw new errors.MissingUserCode('which?');
    if (code && code !== expected) throw new errors.InvalidUserCode('not that');
  },
  async validateBindingMessage(ctx, message) {
    if (message !== undefined && !MESSAGE.test(message)) {
      throw new errors.InvalidBindingMessage(`want ${MESSAGE}`);
    }
  },
  async validateRequestContext() {},
  async triggerAuthenticationDevice(ctx, request, account) {
    const { params } = request;
    waiting.set(request.jti, {
      login: bySub.get(account.accountId).login,
      message: params.binding_message ?? null,
      scope: params.scope,
      acr_values: params.acr_values ?? null,
      expiry: params.requested_expiry ?? null,
    });
  },
});

async function answer(provider, errors, id, verdict) {
  const request = await provider.BackchannelAuthenticationRequest.find(id);
  if (verdict === 'deny' || verdict === 'fail') {
    const Refusal = verdict === 'deny' ? errors.AccessDenied
      : errors.TransactionFailed;
    return provider.backchannelResult(request, new Refusal('on the phone'));
  }
  const { clientId, accountId, params } = request;
  const grant = new provider.Grant({ clientId, accountId });
  grant.addOIDCScope(params.scope);
  await grant.save();
  return provider.backchannelResult(request, grant, {
    acr: params.acr_values?.split(' ')[0],
    amr: ['swk'],
    authTime: Math.floor(Date.now() / 1000),
  });
}

export function phone(provider, errors) {
  return async function ring(ctx, next) {
    if (ctx.path !== '/phone') return next();
    const { id, answer: verdict } = ctx.query;
    if (ctx.method === 'POST') {
      ctx.assert(waiting.delete(id), 404);
      await answer(provider, errors, id, verdict);
    }
    ctx.body = [...waiting].map(([key, request]) => ({ id: key, ...request }));
    return undefined;
  };
}
