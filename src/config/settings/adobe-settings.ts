import Type from 'typebox';
import * as kind from './kinds.ts';
import { HOUR, MINUTE } from './kinds.ts';

/** RFC 9110 §5.1. */
const FIELD_NAME = "^[!#$%&'*+.^_`|~0-9A-Za-z-]+$";

/** Where Adobe's servers are, by what people call them (docs/adobe.md §1). */
export const PRESETS = {
  production: {
    'dcr.url': 'https://api.auth.adobe.com',
    'upstream.url': 'https://mgmt.auth.adobe.com',
    'upstream.prefix': '/cmu/v2',
  },
  'production-cm-reports': {
    'dcr.url': 'https://api.auth.adobe.com',
    'upstream.url': 'https://cm-reports.adobeprimetime.com',
    'upstream.prefix': '/v2',
  },
  staging: {
    'dcr.url': 'https://api.auth-staging.adobe.com',
    'upstream.url': 'https://cm-cmu-or2.stage.cm.adobeprimetime.com',
    'upstream.prefix': '/v2',
  },
} as const satisfies Readonly<Record<string, Readonly<Record<string, string>>>>;

export const adobe = kind.choice(
  "Which of Adobe's servers `dcr.url`, `upstream.url` and `upstream.prefix` name where they are left as they are: `production` (as documented), `production-cm-reports` (the host that clients are seen to call) or `staging`.",
  Object.keys(PRESETS) as (keyof typeof PRESETS)[],
);

/** The way to one of Adobe's servers. @param where the key before its names, dot included */
const wayTo = (server: string, where: string) => ({
  proxy: kind.egressProxy(
    `Proxy on the way to ${server} (\`CONNECT\`), or \`none\`. Empty: \`HTTPS_PROXY\`, \`HTTP_PROXY\` and \`NO_PROXY\` decide, and loopback needs none.`,
  ),
  caFile: kind.file(
    `PEM bundle of additional certificate authorities to trust for ${server}, and for a proxy before it that intercepts or is \`https\`.`,
  ),
  ...kind.ownCertificate(server, where),
});

export const dcr = {
  url: kind.url('Base URL of the DCR server.', PRESETS.production['dcr.url']),
  registerPath: kind.prefix('Path of the registration endpoint below `dcr.url`.', '/o/client/register'),
  tokenPath: kind.prefix('Path of the token endpoint below `dcr.url`.', '/o/client/token'),
  initialAccessToken: kind.secret(
    'Initial access token (RFC 7591 §3), sent with a registration as `Authorization: Bearer`. Adobe wants none. Prefer `dcr.initialAccessTokenFile`.',
  ),
  tokenRequestForm: kind.choice(
    'How the token request carries the credentials: `body` (form body), or `query` for servers of the older procedure (secrets then land in their access logs).',
    ['body', 'query'],
  ),
  scope: kind.text(
    '`scope` of the token request (RFC 6749 §3.3), scopes separated by spaces; empty sends none, which is what Adobe documents: tokens then have all that the application was granted. Known: `cmu:analytics:client`, `cmu:billing:client` (CMU), `analytics:client` (ESM), `temporary:passes:owner` (TempPass), `decisions:owner` (degradation). A token that is held serves to its end all the same.',
    '',
    {
      pattern: String.raw`^([!#-\[\]-~]+( [!#-\[\]-~]+)*)?$`,
      expects: 'scopes separated by single spaces',
    },
  ),
  redirectUri: kind.text('`redirect_uri` to register; empty sends none.', ''),
  deviceInfo: Type.Record(Type.String(), Type.String(), {
    description:
      'Sent as `X-Device-Info` (Base64 of this JSON object). Adobe wants `model`, `version` and `osName`, and has lists of values for `primaryHardwareType` and `osName`.',
    default: { primaryHardwareType: 'Unknown', model: 'cmu-proxy', version: '1', osName: 'Linux' },
  }),
  timeoutMs: kind.duration('Time for one whole DCR call.', 10_000, 100, 5 * MINUTE),
  ...wayTo('the DCR server', 'dcr.'),
  allowHttp: kind.flag(
    'Allows a `dcr.url` with `http:` that is not on this machine: whoever is on the way reads statement and secrets.',
  ),
};

/** Fields that the proxy sets itself, that belong to one connection, or that are somebody's credentials. */
const NOT_FORWARDED =
  'accept|accept-encoding|authorization|cache-control|connection|content-.*|cookie2?|expect|forwarded|host|if-.*|' +
  'keep-alive|origin|pragma|proxy-.*|range|te|traceparent|tracestate|trailer|transfer-encoding|upgrade|user-agent|' +
  'via|x-cmu-proxy-.*|x-forwarded-.*';

export const upstream = {
  url: kind.origin('Origin of the report API, without a path.', PRESETS.production['upstream.url']),
  prefix: kind.prefix(
    'Path prefix at the report API, which `listen.prefix` is mapped to.',
    PRESETS.production['upstream.prefix'],
  ),
  timeZone: kind.timeZone(
    'Zone of the times in its reports, which the console tells and takes ranges in. Empty: `UTC`, or PST (`-08:00`) for ESM.',
  ),
  connectTimeoutMs: kind.duration('Time to connect, TLS included.', 5_000, 100, 5 * MINUTE),
  headersTimeoutMs: kind.duration(
    'Time until the first byte of the answer. Large reports are computed first.',
    60_000,
    100,
    HOUR,
  ),
  bodyIdleTimeoutMs: kind.duration('Longest pause within an answer.', 30_000, 100, HOUR),
  maxConnections: kind.integer('Connections to the report API.', 64, {
    minimum: 1,
    maximum: 4096,
    unit: 'connections',
  }),
  maxRequestsPerSecond: kind.integer(
    'Requests that go to the report API in a second, whoever causes them; after a pause those of two seconds at once. Beyond it callers get stored reports, or 503 `rate-limited`. 0: no bound. Of several routes to one origin the least counts; `listen.workers` have equal parts.',
    50,
    { minimum: 0, maximum: 100_000, unit: 'requests per second' },
  ),
  requestHeaders: kind.texts(
    'More request fields of callers that go to the report API, in lower case. An answer that depends on one must name it in `Vary`.',
    {
      pattern: `^(?!(${NOT_FORWARDED})$)[a-z0-9-]{1,64}$`,
      expects: 'the name of a field in lower case, none of credentials, conditions or the connection',
    },
  ),
  answerHeaders: kind.texts(
    'More fields of answers that callers get. Those that a report needs pass anyway; all others are dropped, since browsers and servers act on them.',
    { pattern: FIELD_NAME },
  ),
  ...wayTo('the report API', 'upstream.'),
};
