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
    case 'dcr-call':
      return ['debug', 'dcr.call'];
    case 'restored':
      return ['info', 'dcr.restored', 'Took up the credentials of an earlier run.'];
    case 'registered':
      return ['info', 'dcr.registered', 'Registered with Adobe.'];
    case 'credentials-rejected':
      return ['warn', 'dcr.credentials-rejected', 'Adobe no longer knows the credentials: registering anew.'];
    case 'credentials-expired':
      return ['info', 'dcr.credentials-expired', 'The credentials expired: registering anew.'];
    case 'token-received':
      return ['info', 'token.received', `Received a token that expires at ${readableTime(event.expiresAt)}.`];
    case 'clock-skew':
      return [
        'warn',
        'token.clock-skew',
        `The token's dates disagree with this clock (${event.disbelieved.join(', ')}).`,
      ];
    case 'token-rejected':
      return ['warn', 'token.rejected', 'The report API refused the token: getting another.'];
    case 'api-refused':
      return ['warn', 'api.refused', `The route ${event.route} refuses (${event.code ?? event.status}).`];
    case 'attempt-failed': {
      const level = event.serving || event.error.retryable ? 'warn' : 'error';
      return [level, 'token.attempt-failed', sentences(event.error.message, event.error.advice)];
    }
    case 'statement-replaced':
      return ['info', 'statement.replaced', 'The software statement was replaced.'];
    case 'state-set-aside':
      return [
        'warn',
        'state.set-aside',
        `Stored credentials could not be used (${event.reason}): registering anew.`,
      ];
    case 'load-failed':
      return ['error', 'state.load-failed', 'The store of credentials could not be read.'];
    case 'save-failed':
      return [
        'warn',
        'state.save-failed',
        'Credentials and token could not be saved: a restart would register anew.',
      ];
    case 'save-recovered':
      return ['info', 'state.save-recovered', 'Credentials and token are saved again.'];
    case 'shared-token-taken':
      return ['info', 'fleet.token-taken', 'Took the token that another replica got.'];
    case 'shared-store-lost':
      return [
        'warn',
        'fleet.store-lost',
        'The store that the fleet shares is away: going on with what is held, then alone.',
      ];
    case 'shared-state-disbelieved':
      return [
        'warn',
        'fleet.state-disbelieved',
        'The shared store holds what this fleet has not sealed: it is ignored.',
      ];
    case 'shared-store-recovered':
      return ['info', 'fleet.store-recovered', 'The store that the fleet shares is back.'];
    case 'lease-superseded':
      return [
        'warn',
        'fleet.lease-superseded',
        'This replica stalled, and another one got the token instead.',
      ];
  }
};

const readableTime = (at: EpochMs): string => `${isoTime(at).slice(0, 19).replace('T', ' ')} UTC`;
