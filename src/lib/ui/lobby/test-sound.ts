const SAMPLE_RATE_HZ = 24_000;
const SECONDS = 1.2;
/** A fifth upwards: pleasant, and within what a small phone speaker and an old ear can do. */
const NOTES_HZ = [523.25, 783.99];

/** Plays two notes on the chosen speaker. @throws when the browser or the system would not play. */
export async function playTestSound(speakerId: string): Promise<void> {
  const audio = new Audio(URL.createObjectURL(new Blob([chimeWav()], { type: 'audio/wav' })));
  try {
    if (speakerId && 'setSinkId' in audio) await audio.setSinkId(speakerId);
    const ended = new Promise<void>((resolve, reject) => {
      audio.addEventListener('ended', () => resolve(), { once: true });
      audio.addEventListener('error', () => reject(new Error('the sound was not played')), { once: true });
    });
    await audio.play();
    await ended;
  } finally {
    URL.revokeObjectURL(audio.src);
  }
}

export function chimeWav(): ArrayBuffer {
  const samples = Math.round(SAMPLE_RATE_HZ * SECONDS);
  const view = new DataView(new ArrayBuffer(44 + samples * 2));
  const text = (at: number, word: string) =>
    [...word].forEach((letter, index) => view.setUint8(at + index, letter.charCodeAt(0)));
  text(0, 'RIFF');
  view.setUint32(4, 36 + samples * 2, true);
  text(8, 'WAVEfmt ');
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true); // PCM
  view.setUint16(22, 1, true); // mono
  view.setUint32(24, SAMPLE_RATE_HZ, true);
  view.setUint32(28, SAMPLE_RATE_HZ * 2, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  text(36, 'data');
  view.setUint32(40, samples * 2, true);
  const perNote = samples / NOTES_HZ.length;
  for (let index = 0; index < samples; index += 1) {
    const note = Math.floor(index / perNote);
    const inNote = (index % perNote) / perNote;
    // Fades in and out, so that nothing clicks.
    const envelope = Math.min(1, inNote * 20) * (1 - inNote);
    const value = Math.sin((2 * Math.PI * NOTES_HZ[note]! * index) / SAMPLE_RATE_HZ) * envelope * 0.5;
    view.setInt16(44 + index * 2, Math.round(value * 32_767), true);
  }
  return view.buffer as ArrayBuffer;
}
