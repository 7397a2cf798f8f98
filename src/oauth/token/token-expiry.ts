import { after, between, type EpochMs, type Milliseconds, milliseconds, seconds } from '../../base/units.ts';

/** What tells about the end of a token. All but the receipt may be missing or a lie. */
export interface ExpiryEvidence {
  /** By our clock. */
  readonly receivedAt: EpochMs;
  /** When it was asked for: the token may be as old as that. */
  readonly sentAt?: EpochMs | undefined;
  /** The answer's `Date` header: the server's clock, cut to the second. */
  readonly serverDate?: EpochMs | undefined;
  /** `expires_in`, in seconds. */
  readonly expiresIn?: number | undefined;
  readonly createdAt?: EpochMs | undefined;
  readonly exp?: EpochMs | undefined;
  readonly iat?: EpochMs | undefined;
}

export interface Expiry {
  readonly expiresAt: EpochMs;
  /** Sources that called the token dead on arrival and were not believed, because others disagree. */
  readonly disbelieved: readonly ('created_at' | 'exp')[];
}

/** A token that lives longer than this is replaced earlier: an absurd `expires_in` must not silence us for a year. */
const LONGEST_LIFETIME: Milliseconds = seconds(7 * 24 * 3600);
/** Where nobody tells a lifetime (RFC 6749 §5.1 lets a server omit it): short enough to be safe with anything seen. */
const UNTOLD_LIFETIME: Milliseconds = seconds(300);
/** What lasts shorter lasts not at all: our clock has no finer tick. */
const SHORTEST_LIFETIME: Milliseconds = milliseconds(1);
/** Two clocks nearer than this count as equal: `Date` is cut to the second, and the answer was some time on its way. */
const SAME_CLOCK: Milliseconds = seconds(2);

/**
 * The end of a token by our clock: the earliest of `expires_in` from when it was asked for, `created_at + expires_in`
 * and `exp`; `undefined` where it is over on arrival.
 *
 * The last two are told by the server's clock, and moved where its `Date` shows that ours differs (as the apparent age
 * in RFC 9111 §4.2.3). A source that has the token expired on arrival is not believed: a wrong clock can shorten a
 * token's life but never make every token useless.
 */
export function tokenExpiry(evidence: ExpiryEvidence): Expiry | undefined {
  const { receivedAt, expiresIn, createdAt, exp, iat } = evidence;
  const serverNow = serverClock(evidence);
  const claimed = expiresIn === undefined ? undefined : seconds(expiresIn);
  const told = lasts(claimed) ? claimed : undefined;
  const onItsWay = between(evidence.sentAt ?? receivedAt, receivedAt);
  const left = told === undefined || told <= onItsWay ? told : milliseconds(told - onItsWay);
  const fromExp = exp === undefined ? undefined : between(serverNow, exp);
  const fromCreation =
    createdAt === undefined || told === undefined ? undefined : between(serverNow, after(createdAt, told));

  const remaining = [left, fromExp, fromCreation].filter(lasts);
  if (remaining.length === 0) {
    if (claimed !== undefined) return undefined;
    const ofJwt = exp === undefined || iat === undefined ? undefined : between(iat, exp);
    remaining.push(lasts(ofJwt) ? ofJwt : UNTOLD_LIFETIME);
  }
  return {
    expiresAt: after(receivedAt, milliseconds(Math.min(LONGEST_LIFETIME, ...remaining))),
    disbelieved: [
      ...(fromCreation !== undefined && !lasts(fromCreation) ? (['created_at'] as const) : []),
      ...(fromExp !== undefined && !lasts(fromExp) ? (['exp'] as const) : []),
    ],
  };
}

const lasts = (left: Milliseconds | undefined): left is Milliseconds =>
  left !== undefined && left >= SHORTEST_LIFETIME;

function serverClock({ receivedAt, serverDate }: ExpiryEvidence): EpochMs {
  if (serverDate === undefined) return receivedAt;
  // `Date` may be up to a second behind the clock that it was read from: the later reading is the careful one.
  const latest = after(serverDate, seconds(1));
  return Math.abs(between(receivedAt, latest)) <= SAME_CLOCK ? receivedAt : latest;
}
