// SPDX-License-Identifier: BSD-2-Clause
// oidc-provider, configured, with the few things added that it leaves out.

import { AsyncLocalStorage } from 'node:async_hooks';
import { createHash, randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

import { change, claimsByScope, findAccount } from './accounts.mjs';
import { cibaFeature, phone } from './ciba.mjs';
import {
  EXTRA_METADATA, SCOPES, initialAccessToken, makeClients, newSecret,
} from './clients.mjs';
import { signingKeys } from './keys.mjs';
import { ACR_VALUES, loginPage } from './login.mjs';
import { MemoryStore } from './store.mjs';

const HOUR = 3600;
const DAY = 24 * HOUR;

// The package may be installed elsewhere (IDP_DIR, the directory that holds
// node_modules): this file can be in a read-only source tree.
async function load(name) {
  const from = process.env.IDP_DIR
    ? pathToFileURL(resolve(process.env.IDP_DIR, 'package.json'))
    : import.meta.url;
  return import(pathToFileURL(createRequire(from).resolve(name)));
}

// RFC 8705 5: certificates count under another name of this machine alone, so
// a client that does not go there has none.
const ALIAS = 'localhost';

const clientCertificate = (ctx) => (ctx.hostname === ALIAS
  ? ctx.socket.getPeerX509Certificate() : undefined);

function aliases(issuer) {
  const base = issuer.replace('127.0.0.1', ALIAS);
  return {
    device_authorization_endpoint: `${base}/device/auth`,
    token_endpoint: `${base}/token`,
    userinfo_endpoint: `${base}/me`,
    revocation_endpoint: `${base}/token/revocation`,
  };
}

function configuration(issuer, options, keys, errors) {
  return {
    adapter: MemoryStore,
    clients: makeClients(options.directory),
    extraClientMetadata: { properties: EXTRA_METADATA },
    jwks: keys,
    cookies: { keys: [randomBytes(32).toString('base64url')] },
    scopes: SCOPES,
    claims: claimsByScope,
    acrValues: ACR_VALUES,
    findAccount,
    clientBasedCORS: () => false,
    clientAuthMethods: [
      'client_secret_basic', 'client_secret_post', 'client_secret_jwt',
      'private_key_jwt', 'tls_client_auth', 'self_signed_tls_client_auth',
      'none',
    ],
    discovery: { mtls_endpoint_aliases: aliases(issuer) },
    enabledJWA: {
      clientAuthSigningAlgValues: ['HS256', 'RS256', 'PS256', 'ES256', 'EdDSA'],
      idTokenSigningAlgValues: ['RS256', 'PS256', 'ES256', 'EdDSA', 'HS256'],
      idTokenEncryptionAlgValues: [
        'RSA-OAEP', 'RSA-OAEP-256',
        'ECDH-ES', 'ECDH-ES+A128KW', 'ECDH-ES+A192KW', 'ECDH-ES+A256KW',
      ],
      userinfoSigningAlgValues: ['RS256', 'ES256'],
      userinfoEncryptionAlgValues: ['ECDH-ES+A128KW'],
    },
    responseTypes: ['code'],
    // Thin ID tokens, the default here and OIDC Core 5.4: where there is an
    // access token, the claims of the scopes come from userinfo.
    conformIdTokenClaims: true,
    features: {
      deviceFlow: { enabled: true },
      devInteractions: { enabled: true },
      userinfo: { enabled: true },
      jwtUserinfo: { enabled: true },
      revocation: { enabled: true },
      introspection: { enabled: false },
      registration: {
        enabled: true,
        initialAccessToken: initialAccessToken(options.directory),
        secretFactory: newSecret,
      },
      registrationManagement: { enabled: true },
      ciba: cibaFeature(errors),
      mTLS: {
        enabled: true,
        tlsClientAuth: true,
        selfSignedTlsClientAuth: true,
        getCertificate: clientCertificate,
        certificateAuthorized: (ctx) => ctx.socket.authorized,
        certificateSubjectMatches: (ctx, property, expected) =>
          property === 'tls_client_auth_subject_dn'
            && clientCertificate(ctx).subject === expected,
      },
      encryption: { enabled: true },
      pushedAuthorizationRequests: { enabled: false },
      resourceIndicators: { enabled: false },
      rpInitiatedLogout: { enabled: false },
    },
    ttl: {
      AccessToken: HOUR,
      AuthorizationCode(ctx, code, client) {
        return client.test_code_ttl ?? 60;
      },
      DeviceCode(ctx, code, client) {
        return client.test_code_ttl ?? options.codeTtl;
      },
      BackchannelAuthenticationRequest(ctx, request, client) {
        return client.test_code_ttl
          ?? Number(request.params.requested_expiry ?? options.codeTtl);
      },
      Grant: DAY,
      IdToken: HOUR,
      Interaction: HOUR,
      RefreshToken: DAY,
      Session: DAY,
    },
  };
}

// oidc-provider never sends `interval`, so every client would poll at the 5 s
// of RFC 8628 section 3.2. It adds nothing to its device response either, so
// this goes into the answer after it was made.
function addInterval(options) {
  return async function interval(ctx, next) {
    await next();
    if (['device_authorization', 'backchannel_authentication']
      .includes(ctx.oidc?.route) && ctx.status === 200) {
      const seconds = ctx.oidc.client.test_interval ?? options.interval;
      if (seconds !== undefined) ctx.body.interval = seconds;
    }
  };
}

// oidc-provider's pages import a web font. Tests and demo talk to nobody but
// this machine, and a browser behind a firewall would wait for that font.
async function stayOnLoopback(ctx, next) {
  await next();
  if (ctx.response.is('html') && typeof ctx.body === 'string') {
    ctx.body = ctx.body.replace(/@import url\([^)]*\);?/g, '');
  }
}

// conformIdTokenClaims holds for all clients, and there are providers which
// put everything into the ID token. For clients with test_fat, the token's
// scope is the access token's instead of "openid", and acr, amr and auth_time
// are there without being asked for.
function fattenIdTokens({ IdToken }) {
  const { payload } = IdToken.prototype;
  IdToken.prototype.payload = function fatPayload() {
    if (this.client.test_fat && this.ctx?.oidc.route === 'token') {
      this.scope = this.ctx.oidc.accessToken.scope;
      this.mask = { ...this.mask, acr: null, amr: null, auth_time: null };
    }
    return payload.call(this);
  };
}

// oidc-provider takes a secret in the header or in the body, whichever method
// the client is registered for. Others do not; a client that ignores its
// configured method must fail here too.
function enforceSecretMethod(provider, request) {
  const { compareClientSecret } = provider.Client.prototype;
  provider.Client.prototype.compareClientSecret = function compare(secret) {
    const used = request.getStore()?.get('authorization')
      ? 'client_secret_basic' : 'client_secret_post';
    return used === this.clientAuthMethod
      && compareClientSecret.call(this, secret);
  };
  return (ctx, next) => request.run(ctx, next);
}

// oidc-provider takes code_challenge in authorization requests alone. Here, as
// with Keycloak and Dex, a code that has one is no good without its verifier.
function checkPkce() {
  const challenges = new Map();
  const refuse = (ctx, error, error_description) => {
    ctx.status = 400;
    ctx.body = { error, error_description };
  };
  return async function pkce(ctx, next) {
    await next();
    const { oidc, status, body } = ctx;
    if (status !== 200) return;
    if (oidc?.route === 'device_authorization') {
      const { code_challenge, code_challenge_method } = oidc.body;
      if (code_challenge && code_challenge_method !== 'S256') {
        refuse(ctx, 'invalid_request', 'not S256');
      } else if (oidc.client.test_pkce && !code_challenge) {
        refuse(ctx, 'invalid_request', 'code_challenge is missing');
      } else {
        challenges.set(body.device_code, code_challenge);
      }
    } else if (oidc?.route === 'token' && oidc.body.device_code) {
      const { device_code, code_verifier } = oidc.body;
      const proof = code_verifier && createHash('sha256')
        .update(code_verifier).digest('base64url');
      if (challenges.get(device_code) !== proof) {
        refuse(ctx, 'invalid_grant', 'PKCE verification failed');
      }
    }
  };
}

// A client may be known in another way when it asks for a code (test_
// device_auth), as with providers that look at it only when they give tokens.
function splitMethods(provider, request) {
  const { prototype } = provider.Client;
  const { get } = Object.getOwnPropertyDescriptor(
    prototype, 'clientAuthMethod');
  Object.defineProperty(prototype, 'clientAuthMethod', {
    get() {
      return (request.getStore()?.path === '/device/auth'
        && this.test_device_auth) || get.call(this);
    },
  });
}

// OpenID Connect Core 12.2: an answer to a refresh may have no ID token.
async function stripRefreshes(ctx, next) {
  await next();
  if (ctx.oidc?.route === 'token' && ctx.oidc.client?.test_bare
    && ctx.oidc.body.grant_type === 'refresh_token') {
    delete ctx.body.id_token;
  }
}

// The administrator's door: /admin?login=NAME and what accounts.mjs has.
async function administer(ctx, next) {
  if (ctx.path !== '/admin') {
    await next();
    return;
  }
  change(ctx.query.login, ctx.query);
  ctx.body = '';
}

// options: directory (for secrets), codeTtl, interval or undefined.
// `log` is eventLog()'s; its middleware has to be the outermost.
export async function makeProvider(issuer, options, log) {
  const { Provider, errors } = await load('oidc-provider');
  const keys = await signingKeys();
  const provider = new Provider(issuer,
    configuration(issuer, options, keys, errors));
  const request = new AsyncLocalStorage();

  fattenIdTokens(provider);
  provider.use(log.middleware);
  provider.use(administer);
  provider.use(enforceSecretMethod(provider, request));
  splitMethods(provider, request);
  provider.use(checkPkce());
  provider.use(addInterval(options));
  provider.use(stripRefreshes);
  provider.use(stayOnLoopback);
  provider.use(loginPage(provider));
  provider.use(phone(provider, errors));
  for (const name of ['device_authorization.error', 'grant.error']) {
    provider.on(name, (ctx, err) => {
      ctx.state.detail = err.error_detail ?? err.error_description;
    });
  }
  provider.on('server_error', (ctx, err) => {
    console.error(`${ctx.method} ${ctx.path}: ${err.stack}`);
  });
  return provider;
}
