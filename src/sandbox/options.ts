import type { SigningKey } from './oauth/signing-key.ts';
import { ADOBE_THROTTLE, type ThrottleRate } from './oauth/throttle.ts';
import { DEFAULT_TENANTS } from './warehouse/catalogue.ts';

export type TimeUnit = 'seconds' | 'milliseconds';

/** Whose word counts where Adobe's pages and its servers, as clients see them, differ. */
export type Profile = 'documented' | 'seen';

/** In which of its ways the sandbox answers; sources disagree about Adobe's (docs/adobe.md §3, §4, §8). */
export interface AnswerVariants {
  /** Self links, names of links, default start, unpublished paths, and more: docs/sandbox.md. Default `seen`. */
  readonly profile: Profile;
  /** `jwt`: RS256, with expiry and scopes. `opaque`: a random text. Default `jwt`. */
  readonly tokenFormat: 'jwt' | 'opaque';
  /** Unit of `client_id_issued_at` and of `created_at`. Default milliseconds for both. */
  readonly timeUnit: { readonly register: TimeUnit; readonly token: TimeUnit };
  /** Status of a token answer. Default 201, as Adobe has it; RFC 6749 §5.1 has 200. */
  readonly tokenStatus: 200 | 201;
  /** Seconds that a token lives. Default 21,600 (six hours). */
  readonly tokenLifetime: number;
  /** Seconds that client credentials live; told as `client_secret_expires_at`. Default: for good, and untold. */
  readonly clientLifetime: number | undefined;
  /** How a token request may carry its parameters. Default `any`. */
  readonly tokenRequestForm: 'any' | 'body' | 'query';
  /**
   * `X-Device-Info` of DCR requests: `required`, as documented; `optional`, as seen, so that absent ones are accepted
   * and wrong ones refused; or `ignored`. Default: the profile's.
   */
  readonly deviceInfo: 'required' | 'optional' | 'ignored';
  /** Milliseconds until the report APIs know of a new token (docs/adobe.md §7). Default 0. */
  readonly tokenLag: number;
}

export interface SandboxOptions extends Partial<Omit<AnswerVariants, 'timeUnit'>> {
  readonly timeUnit?: TimeUnit | { readonly register?: TimeUnit; readonly token?: TimeUnit };
  /** Port to listen on. Default 0: a free one. */
  readonly port?: number;
  /** Address to listen on. Default `127.0.0.1`. */
  readonly host?: string;
  /** Throttle of `/o/client/*` per caller, as `X-Forwarded-For` names it. Default one a second, ten at once; `false`: none. */
  readonly throttle?: ThrottleRate | false;
  /** Milliseconds that every answer is held back, or those of one API. Default 0. */
  readonly latency?: number | { readonly dcr?: number; readonly report?: number };
  /** Another seed is another data set. Default 1. */
  readonly seed?: number;
  /** Names of the programmers whose data there is. Default three invented ones. */
  readonly tenants?: readonly string[];
  /** Whether minute reports are enabled. Default false, as at Adobe. */
  readonly minuteReports?: boolean;
  /** The clock: epoch milliseconds. Default `Date.now`. */
  readonly now?: () => number;
  /** A number in [0, 1), for faults with a probability. Default `Math.random`. */
  readonly random?: () => number;
  /** The key to sign with. Default: a new one. */
  readonly signingKey?: SigningKey;
  /** Requests that are remembered; the oldest are forgotten. Default 10,000. */
  readonly requestLogSize?: number;
}

export const DEFAULT_VARIANTS: AnswerVariants = {
  profile: 'seen',
  tokenFormat: 'jwt',
  timeUnit: { register: 'milliseconds', token: 'milliseconds' },
  tokenStatus: 201,
  tokenLifetime: 21_600,
  clientLifetime: undefined,
  tokenRequestForm: 'any',
  deviceInfo: 'optional',
  tokenLag: 0,
};

const DEVICE_INFO_OF = { documented: 'required', seen: 'optional' } as const;

/** What may be given to change the variants, at the start or later. */
export type VariantChanges = Partial<Omit<AnswerVariants, 'timeUnit'>> & Pick<SandboxOptions, 'timeUnit'>;

/** `current` with the changes that are given. */
export function changeVariants(current: AnswerVariants, changes: VariantChanges): AnswerVariants {
  const { timeUnit, profile } = changes;
  const units = typeof timeUnit === 'string' ? { register: timeUnit, token: timeUnit } : timeUnit;
  return {
    profile: profile ?? current.profile,
    tokenFormat: changes.tokenFormat ?? current.tokenFormat,
    timeUnit: { ...current.timeUnit, ...units },
    tokenStatus: changes.tokenStatus ?? current.tokenStatus,
    tokenLifetime: changes.tokenLifetime ?? current.tokenLifetime,
    clientLifetime: changes.clientLifetime ?? current.clientLifetime,
    tokenRequestForm: changes.tokenRequestForm ?? current.tokenRequestForm,
    deviceInfo: changes.deviceInfo ?? (profile && DEVICE_INFO_OF[profile]) ?? current.deviceInfo,
    tokenLag: changes.tokenLag ?? current.tokenLag,
  };
}

/** Options with every default filled in. */
export type Settled = Required<Omit<SandboxOptions, keyof AnswerVariants | 'signingKey' | 'latency'>> & {
  readonly variants: AnswerVariants;
  readonly latency: { readonly dcr: number; readonly report: number };
};

export function settle(options: SandboxOptions): Settled {
  const { latency = 0 } = options;
  return {
    port: options.port ?? 0,
    host: options.host ?? '127.0.0.1',
    throttle: options.throttle ?? ADOBE_THROTTLE,
    latency:
      typeof latency === 'number'
        ? { dcr: latency, report: latency }
        : { dcr: latency.dcr ?? 0, report: latency.report ?? 0 },
    seed: options.seed ?? 1,
    tenants: options.tenants ?? DEFAULT_TENANTS,
    minuteReports: options.minuteReports ?? false,
    now: options.now ?? Date.now,
    random: options.random ?? Math.random,
    requestLogSize: options.requestLogSize ?? 10_000,
    variants: changeVariants(DEFAULT_VARIANTS, options),
  };
}
