import { describe, expect, it } from 'vitest';
import { whyUnavailable, withCaptureTime } from './wrtc.ts';

describe('what libwebrtc does not offer by itself', () => {
  const line = 'a=extmap:12 http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time\r\n';

  it('is offered for pictures, once', () => {
    const offer = 'v=0\r\nm=audio 9 X 111\r\na=mid:0\r\nm=video 9 X 96\r\na=mid:1\r\nm=application 9 Y\r\n';
    const expected = offer.replace('a=mid:1\r\n', `a=mid:1\r\n${line}`);
    expect(withCaptureTime(offer)).toBe(expected);
    expect(withCaptureTime(expected)).toBe(expected);
  });
});

describe('a machine without the binary', () => {
  it('is told what to install, or which engine to take instead', () => {
    expect(whyUnavailable('linux', 'riscv64')).toMatch(/@roamhq\/wrtc-linux-riscv64.*BOX_ENGINE=native/s);
  });
});
