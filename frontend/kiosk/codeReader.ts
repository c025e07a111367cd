import jsQR from 'jsqr'

interface Detector {
  detect: (source: HTMLVideoElement) => Promise<{ rawValue: string }[]>
}

/** Reads the QR codes in a camera's picture now; none where the picture is not ready yet. */
export type CodeReader = (video: HTMLVideoElement) => Promise<string[]>

/** The browser's own reader, or where it has none, as Chromium on Linux, one that reads the pixels. */
export function codeReader(): CodeReader {
  const { BarcodeDetector } = globalThis as { BarcodeDetector?: new (options: { formats: string[] }) => Detector }
  if (BarcodeDetector !== undefined) {
    const detector = new BarcodeDetector({ formats: ['qr_code'] })
    return async (video) => (await detector.detect(video).catch(() => [])).map(({ rawValue }) => rawValue)
  }
  const picture = document.createElement('canvas').getContext('2d', { willReadFrequently: true })
  return async (video) => {
    const { videoWidth: width, videoHeight: height } = video
    if (picture === null || width === 0) return []
    Object.assign(picture.canvas, { width, height })
    picture.drawImage(video, 0, 0)
    const found = jsQR(picture.getImageData(0, 0, width, height).data, width, height)
    return found === null ? [] : [found.data]
  }
}
