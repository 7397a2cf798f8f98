/** A report request that is answered with an error: the status and the explanation that goes out as text/plain. */
export class ReportError extends Error {
  readonly code = 'report_error';
  readonly status: 400 | 401 | 403 | 404 | 405 | 406;

  constructor(status: ReportError['status'], message: string) {
    super(message);
    this.name = 'ReportError';
    this.status = status;
  }
}
