import { sentences } from '../base/sentences.ts';
import { type EpochMs, isoTime } from '../base/units.ts';
import type { DcrEvent } from '../oauth/index.ts';
import type { HistoryEntry } from './wire.ts';

const MOST_ENTRIES = 50;

/** The last events in the life of credentials and tokens, oldest first. */
export class DcrHistory {
  readonly #entries: HistoryEntry[] = [];

  record(client: string, event: DcrEvent, now: EpochMs): void {
    const told = describe(event);
    if (told === undefined) return;
    const [kind, text] = told;
    this.#entries.push({ at: isoTime(now), client, event: event.event, kind, text });
    if (this.#entries.length > MOST_ENTRIES) this.#entries.shift();
  }

  entries(): readonly HistoryEntry[] {
    return [...this.#entries];
  }
}

/** @returns `undefined` for what is too small to be told */
const describe = (event: DcrEvent): readonly [HistoryEntry['kind'], string] | undefined => {
  switch (event.event) {
    case 'dcr-call':
      return undefined;
    case 'restored':
      return ['progress', 'Took up the credentials of an earlier run.'];
    case 'registered':
      return ['progress', 'Registered with Adobe.'];
    case 'credentials-rejected':
      return ['problem', 'Adobe no longer knows the credentials: registering anew.'];
    case 'credentials-expired':
      return ['progress', 'The credentials expired: registering anew.'];
    case 'token-received':
      return ['progress', `Received a token that expires at ${readableTime(event.expiresAt)}.`];
    case 'clock-skew':
      return ['problem', `The token's dates disagree with this clock (${event.disbelieved.join(', ')}).`];
    case 'token-rejected':
      return ['problem', 'The report API refused the token: getting another.'];
    case 'api-refused':
      return [
        'problem',
        `The route ${event.place.route} refuses (${event.refusal.code ?? event.refusal.status}).`,
      ];
    case 'attempt-failed':
      return ['problem', sentences(event.failure.message, event.failure.advice)];
    case 'statement-replaced':
      return ['progress', 'The software statement was replaced.'];
    case 'state-set-aside':
      return ['problem', `Stored credentials could not be used (${event.reason}): registering anew.`];
    case 'load-failed':
      return ['problem', 'The store of credentials could not be read.'];
    case 'save-failed':
      return ['problem', 'Credentials and token could not be saved: a restart would register anew.'];
    case 'save-recovered':
      return ['progress', 'Credentials and token are saved again.'];
    case 'shared-token-taken':
      return ['progress', 'Took the token that another replica got.'];
    case 'shared-store-lost':
      return ['problem', 'The store that the fleet shares is away: going on with what is held, then alone.'];
    case 'shared-state-disbelieved':
      return ['problem', 'The shared store holds what this fleet has not sealed: it is ignored.'];
    case 'shared-store-recovered':
      return ['progress', 'The store that the fleet shares is back.'];
    case 'lease-superseded':
      return ['problem', 'This replica stalled, and another one got the token instead.'];
  }
};

const readableTime = (at: EpochMs): string => `${isoTime(at).slice(0, 19).replace('T', ' ')} UTC`;
