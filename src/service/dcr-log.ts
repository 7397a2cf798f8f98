import { isoTime } from '../base/units.ts';
import type { Log } from '../log/log.ts';
import type { DcrEvent } from '../oauth/index.ts';

/** Writes the life of a client's credentials and token to the log. Warn: a person may have to act soon; error: now. */
export const logDcrEvent = (to: Log, client: string, event: DcrEvent): void => {
  const log = to.child({ client });
  switch (event.event) {
    case 'dcr-call':
      log.debug('dcr.call', {
        operation: event.operation,
        outcome: event.outcome,
        durationMs: event.duration,
        status: event.status,
      });
      return;
    case 'restored':
      log.info('dcr.restored', {
        clientId: event.clientId,
        ...(event.tokenExpiresAt === undefined ? {} : { tokenExpiresAt: isoTime(event.tokenExpiresAt) }),
      });
      return;
    case 'registered':
      log.info('dcr.registered', { clientId: event.clientId });
      return;
    case 'credentials-rejected':
      log.warn('dcr.credentials-rejected', { clientId: event.clientId });
      return;
    case 'credentials-expired':
      log.info('dcr.credentials-expired', { clientId: event.clientId });
      return;
    case 'token-received':
      log.info('token.received', {
        expiresAt: isoTime(event.expiresAt),
        refreshAt: isoTime(event.refreshAt),
      });
      return;
    case 'clock-skew':
      log.warn('token.clock-skew', { disbelieved: event.disbelieved });
      return;
    case 'token-rejected':
      log.warn('token.rejected', { ageMs: event.age, consecutive: event.consecutive });
      return;
    case 'api-refused':
      log.warn('api.refused', { ...event.refusal, ...event.place, act: event.act });
      return;
    case 'attempt-failed':
      log[event.serving || event.failure.retryable ? 'warn' : 'error']('token.attempt-failed', {
        error: event.failure,
        nextAttemptAt: isoTime(event.nextAttemptAt),
        serving: event.serving,
      });
      return;
    case 'statement-replaced':
      log.info('statement.replaced', { fingerprint: event.fingerprint });
      return;
    case 'state-set-aside':
      log.warn('state.set-aside', { reason: event.reason, keptAs: event.keptAs });
      return;
    case 'load-failed':
      log.error('state.load-failed', { error: event.problem });
      return;
    case 'save-failed':
      log.warn('state.save-failed', { error: event.problem, nextAttemptAt: isoTime(event.nextAttemptAt) });
      return;
    case 'save-recovered':
      log.info('state.save-recovered');
      return;
    case 'shared-token-taken':
      log.info('fleet.token-taken', { clientId: event.clientId, expiresAt: isoTime(event.expiresAt) });
      return;
    case 'shared-store-lost':
      log.warn('fleet.store-lost', { error: event.problem });
      return;
    case 'shared-state-disbelieved':
      log.warn('fleet.state-disbelieved');
      return;
    case 'shared-store-recovered':
      log.info('fleet.store-recovered');
      return;
    case 'lease-superseded':
      log.warn('fleet.lease-superseded');
      return;
  }
};
