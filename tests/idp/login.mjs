// SPDX-License-Identifier: BSD-2-Clause
// What happens when somebody presses "Sign-in" on the login page.
//
// The pages are oidc-provider's devInteractions; its handler takes any login
// name for an account id. Ours stands in front of it: only people we know,
// and their `sub` as the account id. Consent and abort stay oidc-provider's.

import { findByLogin } from './accounts.mjs';

const LIMIT = 16384;

async function readForm(req) {
  const chunks = [];
  let length = 0;
  for await (const chunk of req) {
    length += chunk.length;
    if (length > LIMIT) throw new Error('form too large');
    chunks.push(chunk);
  }
  return new URLSearchParams(Buffer.concat(chunks).toString('utf8'));
}

const refusal = (path) => `<!DOCTYPE html>
<html>
<head><meta charset="utf-8"><title>Sign-in refused</title></head>
<body>
<h1>Sign-in refused</h1>
<p>Nobody has that login here. <a href="${path}">Try again</a></p>
</body>
</html>
`;

export const ACR_VALUES = ['pwd', 'mfa'];

// Any password is right. One that begins with "mfa" counts as two factors, so
// that tests can ask for more than a password (amr values: RFC 8176).
function strength(password) {
  return password.startsWith('mfa')
    ? { acr: 'mfa', amr: ['pwd', 'otp', 'mfa'] }
    : { acr: 'pwd', amr: ['pwd'] };
}

export function loginPage(provider) {
  return async function login(ctx, next) {
    const match = /^\/interaction\/[\w-]+$/.test(ctx.path);
    if (ctx.method !== 'POST' || !match) return next();

    let prompt;
    try {
      ({ prompt } = await provider.interactionDetails(ctx.req, ctx.res));
    } catch {
      return next(); // no such interaction: oidc-provider says it better
    }
    if (prompt.name !== 'login') return next();

    const form = await readForm(ctx.req);
    const person = findByLogin(form.get('login'));
    if (!person) {
      ctx.status = 403;
      ctx.type = 'html';
      ctx.body = refusal(ctx.path);
      return undefined;
    }
    return provider.interactionFinished(ctx.req, ctx.res, {
      login: {
        accountId: person.sub,
        ...strength(form.get('password') ?? ''),
      },
    }, { mergeWithLastSubmission: false });
  };
}
