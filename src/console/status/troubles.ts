import type { ProxyStatus } from '../../admin/wire.ts';

/** Something that a person who is called at night has to see first. */
export interface Trouble {
  readonly title: string;
  /** What was last heard, in a few words. */
  readonly last: string;
  /** ISO 8601; `undefined` if nobody noted it. */
  readonly since: string | undefined;
  /** What to do. */
  readonly advice: string;
}

/** What is wrong now, the gravest first. */
export const troublesOf = ({ upstream, clients, config }: ProxyStatus): readonly Trouble[] => [
  ...(upstream.failingSince === null
    ? []
    : [
        {
          title: 'Calls to Adobe fail',
          last: upstream.lastFailure === null ? '' : reasonText(upstream.lastFailure.reason),
          since: upstream.failingSince,
          advice: adviceOn(upstream.lastFailure?.reason ?? ''),
        },
      ]),
  ...clients
    .filter(({ ready, token }) => !ready && token.lastFailure !== null)
    .map(({ name, token }) => ({
      title: clients.length > 1 ? `${name} has no token` : 'There is no token',
      last: token.lastFailure?.message ?? '',
      since: token.lastFailure?.at,
      advice: token.lastFailure?.advice ?? '',
    })),
  ...(config.lastReload === 'refused'
    ? [
        {
          title: 'The last change of the configuration was refused',
          last: 'The proxy runs on with the one before.',
          since: undefined,
          advice: 'The log line `config.refused` names each mistake.',
        },
      ]
    : []),
];

const reasonText = (reason: string): string =>
  reason.startsWith('status ') ? `Adobe answered ${reason.slice(7)}` : reason;

const ADVICE: readonly (readonly [reason: RegExp, advice: string])[] = [
  [
    /^status 429$/,
    'Adobe wants fewer requests. The proxy waits; stored reports are served. Who asks most is in the access log.',
  ],
  [
    /^status 5/,
    'The fault is at Adobe: nothing to restart here. Stored reports are served. If it lasts, write to its support.',
  ],
  [
    /ENOTFOUND|EAI_AGAIN/,
    'The name of the report API is not found. Check DNS on this machine, and `upstream.url`.',
  ],
  [
    /CERT|SELF_SIGNED|TLS|SSL|ISSUER/,
    'The certificate is not trusted. If a proxy of your own stands between, add its authority: `upstream.caFile`.',
  ],
  [
    /HEAD|BODY|IDLE/,
    'Adobe takes too long to answer. Ask for smaller ranges, or allow more time: `upstream.headersTimeoutMs`.',
  ],
  [
    /ECONN|EHOST|ENET|ETIMEDOUT|EPIPE|CONNECT|SOCKET/,
    'There is no connection. Check the way out: firewall, egress proxy (`HTTPS_PROXY`), `upstream.url`.',
  ],
];

/** @param reason as `UpstreamHealth` has it: a status, or the code of a network error */
export const adviceOn = (reason: string): string =>
  ADVICE.find(([pattern]) =>
    pattern.test(reason.startsWith('status') ? reason : reason.toUpperCase()),
  )?.[1] ?? 'Run `cmu-proxy check` on this machine: it tries each step and says which one fails.';
