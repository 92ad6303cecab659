/** A first suggestion, to try a token with; docs/ai-suggestions.md. */
export function suggestCommand(of: { origin: string; name: string; token: string }): string {
  const body = {
    caseId: 'CASE',
    clientId: 'test-1',
    model: { name: of.name, version: '1.0.0' },
    finding: '…',
    confidence: 0.5,
  };
  // As a shell reads it: an apostrophe ends the text and begins it again.
  const text = JSON.stringify(body).replaceAll("'", `'\\''`);
  return [
    `curl ${of.origin}/api/ai/suggestions`,
    `-H 'Authorization: Bearer ${of.token}'`,
    "-H 'Content-Type: application/json'",
    `-d '${text}'`,
  ].join(' ');
}
