import { sentences } from '../base/sentences.ts';
import { type EpochMs, isoTime } from '../base/units.ts';
import type { DcrEvent } from '../oauth/index.ts';
import type { HistoryEntry } from './wire.ts';

const MOST_ENTRIES = 50;

/** The last events in the life of credentials and tokens, oldest first. */
export class DcrHistory {
  readonly #entries: HistoryEntry[] = [];

  record(client: string, event: DcrEvent, now: EpochMs): void {
    const [level, , text] = noticeOf(event);
    if (text === undefined) return;
    const kind = level === 'info' ? 'progress' : 'problem';
    this.#entries.push({ at: isoTime(now), client, event: event.event, kind, text });
    if (this.#entries.length > MOST_ENTRIES) this.#entries.shift();
  }

  entries(): readonly HistoryEntry[] {
    return [...this.#entries];
  }
}

/**
 * How an event is told: in the log by its level (warn: a person may have to act soon; error: now) and its name there,
 * to people by a text, unless it is too small for that.
 */
type Notice = readonly [level: 'debug' | 'info' | 'warn' | 'error', name: string, text?: string];

export const noticeOf = (event: DcrEvent): Notice => {
  switch (event.event) {
    case 'token-received':
      return ['info', 'token.received', `Received a token that expires at ${readableTime(event.expiresAt)}.`];
    case 'clock-skew': {
      const text = `The token's dates disagree with this clock (${event.disbelieved.join(', ')}).`;
      return ['warn', 'token.clock-skew', text];
    }
    case 'api-refused':
      return ['warn', 'api.refused', `The route ${event.route} refuses (${event.code ?? event.status}).`];
    case 'attempt-failed': {
      const level = event.serving || event.error.retryable ? 'warn' : 'error';
      return [level, 'token.attempt-failed', sentences(event.error.message, event.error.advice)];
    }
    case 'state-set-aside': {
      const text = `Stored credentials could not be used (${event.reason}): registering anew.`;
      return ['warn', 'state.set-aside', text];
    }
    default:
      return NOTICES[event.event];
  }
};

type Detailed = 'token-received' | 'clock-skew' | 'api-refused' | 'attempt-failed' | 'state-set-aside';

const NOTICES: Readonly<Record<Exclude<DcrEvent['event'], Detailed>, Notice>> = {
  'dcr-call': ['debug', 'dcr.call'],
  restored: ['info', 'dcr.restored', 'Took up the credentials of an earlier run.'],
  registered: ['info', 'dcr.registered', 'Registered with Adobe.'],
  'credentials-rejected': [
    'warn',
    'dcr.credentials-rejected',
    'Adobe no longer knows the credentials: registering anew.',
  ],
  'credentials-expired': ['info', 'dcr.credentials-expired', 'The credentials expired: registering anew.'],
  'token-rejected': ['warn', 'token.rejected', 'The report API refused the token: getting another.'],
  'statement-replaced': ['info', 'statement.replaced', 'The software statement was replaced.'],
  'load-failed': ['error', 'state.load-failed', 'The store of credentials could not be read.'],
  'save-failed': [
    'warn',
    'state.save-failed',
    'Credentials and token could not be saved: a restart would register anew.',
  ],
  'save-recovered': ['info', 'state.save-recovered', 'Credentials and token are saved again.'],
  'shared-token-taken': ['info', 'fleet.token-taken', 'Took the token that another replica got.'],
  'shared-store-lost': [
    'warn',
    'fleet.store-lost',
    'The store that the fleet shares is away: going on with what is held, then alone.',
  ],
  'shared-state-disbelieved': [
    'warn',
    'fleet.state-disbelieved',
    'The shared store holds what this fleet has not sealed: it is ignored.',
  ],
  'shared-store-recovered': ['info', 'fleet.store-recovered', 'The store that the fleet shares is back.'],
  'lease-superseded': [
    'warn',
    'fleet.lease-superseded',
    'This replica stalled, and another one got the token instead.',
  ],
};

const readableTime = (at: EpochMs): string => `${isoTime(at).slice(0, 19).replace('T', ' ')} UTC`;
