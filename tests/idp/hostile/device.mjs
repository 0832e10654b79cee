// SPDX-License-Identifier: BSD-2-Clause
// Flags of the device endpoint.

import { answer } from './http.mjs';

const ESC = '\x1b';

export const device = {
  ciba: {
    metadata(document, client) {
      document.backchannel_authentication_endpoint = `${client.base}/ciba`;
      document.backchannel_token_delivery_modes_supported = [
        client.ciba ? 'poll' : 'ping'];
      if (client.ciba) delete document.device_authorization_endpoint;
    },
    device(body, client) {
      const { device_code: id, expires_in: expires, interval } = body;
      return !client.ciba ? body : {
        auth_req_id: id,
        expires_in: expires,
        interval,
        ...(client.flags.text('ciba') === 'push'
          ? { access_token: 'pushed', token_type: 'Bearer', id_token: 'a.b.c' }
          : {}),
      };
    },
  },
  verification_url: {
    device(body) {
      body.verification_url = body.verification_uri;
      body.verification_url_complete = body.verification_uri_complete;
      delete body.verification_uri;
      delete body.verification_uri_complete;
    },
  },
  no_vuc: {
    device(body) {
      delete body.verification_uri_complete;
      delete body.verification_url_complete;
    },
  },
  no_interval: { device(body) { delete body.interval; } },
  no_expires: { device(body) { delete body.expires_in; } },
  interval_string: {
    device(body) {
      body.interval = String(body.interval);
      body.expires_in = String(body.expires_in);
    },
  },
  interval_null: { device(body) { body.interval = null; } },
  interval_zero: { device(body) { body.interval = 0; } },
  long_device_code: {
    device(body, client) {
      const length = client.flags.number('long_device_code', 4096);
      body.device_code = body.device_code.padEnd(length, 'x');
    },
  },
  device_error: {
    device_answer(message, client) {
      const error = client.flags.text('device_error', 'invalid_client');
      const status = client.flags.number('device_status', 400) ?? 400;
      return answer(status, { error });
    },
  },
  user_code_escape: {
    device(body) { body.user_code = `${ESC}[2J${ESC}]0;x\x07AB\r\nCD`; },
  },
};
