import { type AccessToken, DcrError, type TokenSource } from '../../oauth/index.ts';
import type { Say } from './finding.ts';
import type { ReportProbe } from './report-probe.ts';
import { verdictOn, verdictOnFailure } from './report-verdict.ts';

/** As the proxy does, a token that the API refuses is replaced once: a stored one may have been revoked. */
export async function checkReport(
  url: string,
  probe: ReportProbe,
  tokens: TokenSource,
  token: AccessToken,
  say: Say,
): Promise<boolean> {
  const step = 'Report';
  try {
    let answer = await probe(token);
    if (answer.status === 401) {
      tokens.invalidate(token);
      say({ step, outcome: 'worth knowing', text: 'the token is refused: trying with a new one' });
      answer = await probe(await tokens.token());
    }
    const verdict = verdictOn(url, answer);
    say({ step, ...verdict });
    return verdict.outcome === 'ok';
  } catch (error) {
    const failure =
      error instanceof DcrError
        ? { outcome: 'failed' as const, text: error.message, advice: error.advice }
        : verdictOnFailure(url, error);
    say({ step, ...failure });
    return false;
  }
}
