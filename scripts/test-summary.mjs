/**
 * Counts a vitest JSON report. A file that could not be loaded counts as one failure, and so does a run that ended
 * badly without a failed test (a crash, an error outside of tests).
 * @param {string | undefined} json
 * @param {number} exitCode
 * @returns {{ passed: number, failed: number }}
 */
export function summarise(json, exitCode) {
  const counts = countReport(json);
  const unexplained = counts.failed === 0 && (exitCode !== 0 || counts.passed === 0);
  return unexplained ? { ...counts, failed: 1 } : counts;
}

/** @param {string | undefined} json */
function countReport(json) {
  /** @type {{ numPassedTests: number, numFailedTests: number, testResults: { status: string, assertionResults: { status: string }[] }[] }} */
  let report;
  try {
    report = JSON.parse(json ?? '');
  } catch {
    return { passed: 0, failed: 0 };
  }
  const brokenFiles = report.testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  );
  return { passed: report.numPassedTests, failed: report.numFailedTests + brokenFiles.length };
}
