import { MDC, MDC_UNIT, type VitalsFrame } from '$lib/vitals/frame.ts';

/** Moving pictures without a device: drawn, and taken from the canvas. */
export function fakePicture(
  kind: 'sector' | 'face' | 'room',
  hue: number,
): { stream: MediaStream; stop(): void } {
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = kind === 'sector' ? [1024, 768] : [640, 360];
  const context = canvas.getContext('2d')!;
  const draw = { sector: drawSector, face: drawFace, room: drawRoom }[kind];
  let frame = 0;
  const timer = setInterval(() => draw(context, canvas, frame++, hue), 80);
  draw(context, canvas, 0, hue);
  return {
    stream: canvas.captureStream(12),
    stop: () => clearInterval(timer),
  };
}

type Draw = (
  context: CanvasRenderingContext2D,
  canvas: HTMLCanvasElement,
  frame: number,
  hue: number,
) => void;

const drawSector: Draw = (context, { width, height }, frame) => {
  context.fillStyle = '#000';
  context.fillRect(0, 0, width, height);
  for (let ray = 0; ray < 160; ray++) {
    const angle = Math.PI * (0.25 + ray / 320);
    for (let depth = 40; depth < height * 0.9; depth += 9) {
      const x = width / 2 + Math.cos(angle) * depth;
      const y = Math.sin(angle) * depth;
      const cyst = Math.hypot(x - width * 0.53 - Math.sin(frame / 9) * 8, (y - height * 0.5) * 1.4) < 105;
      const grey =
        (cyst ? 8 : 40 + 60 * Math.abs(Math.sin(depth / 37 + ray / 11))) + Math.random() * (cyst ? 14 : 70);
      context.fillStyle = `rgb(${grey} ${grey} ${grey})`;
      context.fillRect(x, y, 8, 7);
    }
  }
  context.fillStyle = '#ddd';
  context.font = '20px sans-serif';
  context.fillText(`${(frame / 12).toFixed(2)} s`, 24, height - 24);
};

const drawFace: Draw = (context, { width, height }, frame, hue) => {
  context.fillStyle = `hsl(${hue} 25% 30%)`;
  context.fillRect(0, 0, width, height);
  context.fillStyle = `hsl(${hue} 30% 45%)`;
  context.beginPath();
  context.ellipse(width / 2, height, 150, 130, 0, 0, 7);
  context.fill();
  context.fillStyle = '#e0b699';
  context.beginPath();
  context.ellipse(width / 2 + Math.sin(frame / 10) * 6, height * 0.42, 66, 84, 0, 0, 7);
  context.fill();
};

const drawRoom: Draw = (context, { width, height }, frame, hue) => {
  context.fillStyle = `hsl(${hue} 18% 72%)`;
  context.fillRect(0, 0, width, height);
  context.fillStyle = `hsl(${hue} 15% 45%)`;
  context.fillRect(0, height * 0.62, width, height);
  context.fillStyle = '#f3f3ee';
  context.fillRect(120, height * 0.5, 340, 70);
  context.fillStyle = '#3c6e88';
  context.fillRect(430 + Math.sin(frame / 12) * 10, 90, 60, 190);
};

const RATE_HZ = 250;
const BLOCK = 25;

/** One beat a second or so, made of five bumps: looks like an ECG, and is marked as simulated. */
function millivoltsAt(seconds: number): number {
  const phase = (seconds * 1.2) % 1;
  const bump = (centre: number, width: number, height: number): number =>
    height * Math.exp(-((phase - centre) ** 2) / (2 * width ** 2));
  return (
    bump(0.2, 0.025, 0.13) -
    bump(0.345, 0.008, 0.12) +
    bump(0.365, 0.009, 1.1) -
    bump(0.387, 0.009, 0.25) +
    bump(0.58, 0.045, 0.28)
  );
}

export function fakeEcg(send: (frame: VitalsFrame) => void, lost: () => boolean): () => void {
  const startMs = Date.now();
  let sequence = 0;
  const timer = setInterval(() => {
    while (startMs + ((sequence + 1) * BLOCK * 1000) / RATE_HZ <= Date.now()) {
      const first = sequence * BLOCK;
      const frame: VitalsFrame = {
        sequence: sequence++,
        startHubMs: startMs + (first * 1000) / RATE_HZ,
        sampleRateHz: RATE_HZ,
        code: MDC.ecgLeadII,
        unit: MDC_UNIT.millivolt,
        scale: 0.001,
        offset: 0,
        simulated: true,
        samples: Int16Array.from({ length: BLOCK }, (_, i) => millivoltsAt((first + i) / RATE_HZ) * 1000),
      };
      if (!lost()) send(frame);
    }
  }, 40);
  return () => clearInterval(timer);
}
