// SPDX-License-Identifier: BSD-2-Clause
// Flags of polling: what a provider answers, and with which status.

import { FINAL } from './endpoints.mjs';
import { answer } from './http.mjs';

const ESC = '\x1b';
const PAGE = '<html><head><title>Bad Gateway</title></head></html>';

// As answer(), but only as often as `times` says.
const instead = (client, message) => (
  client.active('token') ? message : undefined);

function withError(name, otherwise, status = 400) {
  return {
    poll(message, client) {
      const error = client.flags.text(name, otherwise);
      return instead(client, answer(status, { error }));
    },
  };
}

const slackError = (client, endpoint, name) => {
  if (!client.flags.list(name, 'token').includes(endpoint)
    || !client.active(endpoint)) return undefined;
  return name === 'empty_404'
    ? answer(404, '')
    : answer(200, { ok: false, error: 'The client is not known' });
};

const eitherEndpoint = (name) => ({
  device_answer: (message, client) => slackError(client, 'device', name),
  poll: (message, client) => slackError(client, 'token', name),
});

export const token = {
  status_pending: {
    poll(message, client, { verdict }) {
      if (verdict === 'pending' || verdict === 'slow_down') {
        message.status = client.flags.number('status_pending', 400);
      }
    },
  },
  status_error: {
    poll(message, client, { verdict }) {
      if (FINAL.includes(verdict)) {
        message.status = client.flags.number('status_error', 400);
      }
    },
  },
  form_encoded: {
    poll(message, client) {
      const asked = /\bjson\b/.test(client.request.header('accept') ?? '');
      if (!asked || client.flags.text('form_encoded') === 'always') {
        message.body = new URLSearchParams(message.body);
      }
    },
  },
  slow_down_every_n: {
    verdict(verdict, client, grant) {
      const n = client.flags.number('slow_down_every_n', 2);
      return verdict === 'pending' && grant.polls % n === 0
        ? 'slow_down' : verdict;
    },
  },
  slow_down_interval_field: {
    verdict(verdict, client, grant) {
      return grant.polls === 1 ? 'slow_down' : verdict;
    },
    poll(message, client, { verdict }) {
      if (verdict === 'slow_down') {
        message.body.interval = client.flags
          .number('slow_down_interval_field', 8);
      }
    },
  },
  rauthy_three_strikes: {
    verdict(verdict, client, grant) {
      // 500 ms of grace, as there
      const early = grant.sinceLast_ms < grant.interval_ms - 500;
      grant.strikes = (grant.strikes ?? 0) + (early ? 1 : 0);
      if (grant.strikes >= 3) return 'denied';
      return early ? 'slow_down' : verdict;
    },
  },
  expired_once_then_invalid_grant: {
    verdict(verdict, client, grant) {
      const codes = client.flags
        .number('expired_once_then_invalid_grant', 1000);
      if (grant.number > codes) return verdict;
      return grant.polls === 1 ? 'expired' : 'invalid';
    },
  },
  deny_silent: {
    verdict(verdict, client, grant) {
      return grant.age_ms < grant.lifetime_ms ? 'pending' : 'invalid';
    },
  },
  deny_as_expired: { verdict: () => 'expired' },
  deny_alias: {
    verdict: () => 'denied',
    poll(message, client) {
      message.body.error = client.flags
        .text('deny_alias', 'authorization_declined');
    },
  },
  html_error: {
    poll(message, client) {
      const status = client.flags.number('html_error', 502);
      return instead(client, answer(status, PAGE));
    },
  },
  empty_404: eitherEndpoint('empty_404'),
  ok_false_200: eitherEndpoint('ok_false_200'),
  '429_retry_after': {
    poll(message, client) {
      const seconds = client.flags.number('429_retry_after', 3);
      return instead(client, answer(429, PAGE, [['Retry-After', seconds]]));
    },
  },
  slow_down_retry_after: {
    poll(message, client) {
      const seconds = client.flags.number('slow_down_retry_after', 3);
      return instead(client, answer(429, { error: 'slow_down' },
        [['Retry-After', seconds]]));
    },
  },
  busy: {
    // no verdict is lost: nobody has looked
    verdict: (verdict, client, grant) => (
      grant.polls % 2 ? 'busy' : verdict),
    poll(message, client, { verdict }) {
      if (verdict !== 'busy') return undefined;
      const seconds = client.flags.text('busy');
      return answer(429, PAGE, seconds ? [['Retry-After', seconds]] : []);
    },
  },
  server_error: withError('server_error', 'server_error', 500),
  unknown_error: withError('unknown_error', 'no_such_error'),
  '200_without_token': {
    poll: (message, client) => instead(client,
      answer(200, { status: 'error', msg: 'something is wrong' })),
  },
  crlf_description: {
    poll(message) {
      if (message.body.error) {
        message.body.error_description = 'AADSTS70016: one\r\nTrace ID: two'
          + `\r\npam_oauth(x:auth): result=granted ${ESC}[2J\u202e`;
      }
    },
  },
  token_type: {
    tokens(body, client) {
      body.token_type = client.flags.text('token_type', 'DPoP');
    },
  },
  no_token_type: { tokens(body) { delete body.token_type; } },
  token_size: {
    tokens(body, client) {
      const size = client.flags.number('token_size', 65537);
      const now = JSON.stringify({ ...body, padding: '' }).length;
      body.padding = 'x'.repeat(size - now);
    },
  },
  both: { tokens(body) { body.error = 'access_denied'; } },
};
