import { sentences } from '../../base/sentences.ts';
import { between, isoTime } from '../../base/units.ts';
import type { DcrError, DcrEvent, TokenSourceStatus } from '../../oauth/index.ts';
import { type Finding, failureOf, inSeconds, shortened } from './finding.ts';

/**
 * What the way to a token showed, once it is over.
 * @param events that happened on the way
 * @param failure why there is no token
 */
export function credentialFindings(
  status: TokenSourceStatus,
  events: readonly DcrEvent[],
  failure: DcrError | undefined,
): Finding[] {
  const remarks = events.map(remarkOn).filter((remark) => remark !== undefined);
  if (failure === undefined)
    return [...remarks, ...registrationFinding(status, events), tokenFinding(status, events)];
  const { advice, ...told } = failureOf(failure);
  const isPause = failure.retryAfter !== undefined && failure.retryable;
  const wait = isPause ? [`Wait ${inSeconds(failure.retryAfter)}`] : [];
  const failed = { ...told, advice: sentences(advice, ...wait) };
  return status.registration === null
    ? [...remarks, { step: 'Registration', ...failed }]
    : [...remarks, ...registrationFinding(status, events), { step: 'Access token', ...failed }];
}

function registrationFinding({ registration }: TokenSourceStatus, events: readonly DcrEvent[]): Finding[] {
  if (registration === null) return [];
  const isNew = events.some(({ event }) => event === 'registered');
  const issued = `registered ${isoTime(registration.issuedAt)}`;
  return [
    {
      outcome: 'ok',
      step: 'Registration',
      text: `client ${shortened(registration.clientId)}: ${isNew ? 'newly registered' : `taken from the state folder, ${issued}`}${scopesOf(registration)}`,
    },
  ];
}

const scopesOf = ({ scopes }: NonNullable<TokenSourceStatus['registration']>): string =>
  scopes === undefined ? '' : `\nscopes: ${scopes.length === 0 ? 'none' : scopes.join(' ')}`;

/** Whether the registration has what a route needs, as far as it tells. */
export function scopeFindings({ registration }: TokenSourceStatus, needed: string): Finding[] {
  const { scopes } = registration ?? {};
  if (scopes === undefined || scopes.includes(needed)) return [];
  return [
    {
      outcome: 'worth knowing',
      step: 'Report',
      text: `its API wants the scope ${needed}, which the registration does not have`,
      advice: 'Ask your Adobe contact to grant it to the application that the statement was made for.',
    },
  ];
}

function tokenFinding({ token }: TokenSourceStatus, events: readonly DcrEvent[]): Finding {
  if (token === null) return { outcome: 'ok', step: 'Access token', text: 'received' };
  const isNew = events.some(({ event }) => event === 'token-received');
  const lifetime = inSeconds(between(token.receivedAt, token.expiresAt));
  return {
    outcome: 'ok',
    step: 'Access token',
    text: `${isNew ? 'newly issued' : 'taken from the state folder'}; valid until ${isoTime(token.expiresAt)} (for ${lifetime} in all)`,
  };
}

const SET_ASIDE = {
  corrupt: 'could not be read',
  foreign: 'belongs to another statement or DCR server',
  'not-a-file': 'is no file',
  unsealed: 'is not sealed, although `state.key` is set (`state.acceptPlain: true` takes it up, once),',
} as const;

/** Events that a person should hear of although a token was had. */
function remarkOn(event: DcrEvent): Finding | undefined {
  const outcome = 'worth knowing';
  switch (event.event) {
    case 'state-set-aside': {
      const keptAs = event.keptAs === undefined ? '' : ` as ${event.keptAs}`;
      const text = `stored state ${SET_ASIDE[event.reason]} and was set aside${keptAs}`;
      return { outcome, step: 'State folder', text };
    }
    case 'load-failed': {
      const advice = 'Check the owner and permissions of the folder and its files.';
      return { outcome, step: 'State folder', text: 'stored state cannot be read', advice };
    }
    case 'save-failed': {
      const text = 'credentials could not be saved: every restart registers anew';
      return { outcome, step: 'State folder', text, advice: 'Check space and permissions.' };
    }
    case 'credentials-rejected': {
      const text = `client ${shortened(event.clientId)} is no longer known to Adobe: registered anew`;
      return { outcome, step: 'Registration', text };
    }
    case 'clock-skew': {
      const text = "this host's clock and Adobe's differ";
      return { outcome, step: 'Access token', text, advice: 'Synchronise the clock (NTP).' };
    }
    default:
      return undefined;
  }
}
