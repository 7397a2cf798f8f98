import { errorCode } from '../../base/error-code.ts';
import { isoTime } from '../../base/units.ts';
import type { Config } from '../../config/settings/schema.ts';
import {
  type AccessToken,
  DcrError,
  type DcrEvent,
  type OpenedStore,
  type SoftwareStatement,
} from '../../oauth/index.ts';
import type { OpenedTokens } from '../../service/running/open-client.ts';
import { credentialFindings } from './credential-findings.ts';
import { type Finding, type Say, shortened } from './finding.ts';

export function statementFinding({ subject, issuedAt }: SoftwareStatement): Finding {
  const facts = [
    subject === undefined ? 'application not named' : `application ${shortened(subject)}`,
    ...(issuedAt === undefined ? [] : [`issued ${isoTime(issuedAt)}`]),
  ];
  return { step: 'Software statement', outcome: 'ok', text: facts.join(', ') };
}

export function stateFinding({ state }: Config, { kind, problem }: Omit<OpenedStore, 'store'>): Finding {
  const step = 'State folder';
  if (kind === 'file') return { step, outcome: 'ok', text: `${state.dir ?? ''} can be written` };
  const why = errorCode(problem) ?? problem?.message ?? 'unknown';
  return {
    step,
    outcome: 'worth knowing',
    text: `${state.dir ?? 'none'} cannot be written (${why}): every restart would register anew`,
    advice: 'Set `state.dir` to a folder on a volume that outlives the process and that this user can write.',
  };
}

/** Waits for a token. @param store where the state is kept */
export async function checkCredentials(
  { tokens }: OpenedTokens,
  store: Pick<OpenedStore, 'kind'>,
  events: readonly DcrEvent[],
  stopping: AbortSignal,
  say: Say,
): Promise<AccessToken | DcrError> {
  const outcome = await tokens.token({ signal: stopping }).catch((error: unknown) => {
    if (error instanceof DcrError) return error;
    throw error;
  });
  // That a folder which cannot be written cannot be read either was said already.
  const told = events.filter(({ event }) => event !== 'load-failed' || store.kind === 'file');
  const failure = outcome instanceof DcrError ? { failure: outcome } : {};
  for (const finding of credentialFindings({ status: tokens.status(), events: told, ...failure }))
    say(finding);
  return outcome;
}

/** Whether only another statement helps. */
export const isAboutStatement = ({ code }: DcrError): boolean =>
  code === 'invalid_software_statement' || code === 'unapproved_software_statement';
