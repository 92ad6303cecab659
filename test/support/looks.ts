/** Between them every page is seen narrow and wide, in both languages, light and dark. */
export const LOOKS = [
  {
    name: 'phone, Chinese, light',
    viewport: { width: 320, height: 640 },
    locale: 'zh-CN',
    colorScheme: 'light',
  },
  {
    name: 'wide, English, dark',
    viewport: { width: 1440, height: 900 },
    locale: 'en-US',
    colorScheme: 'dark',
  },
] as const;
