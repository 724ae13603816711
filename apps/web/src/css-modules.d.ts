/** What Vite makes of a CSS module: class names by their name in the file. */
declare module '*.module.css' {
  const classes: Readonly<Record<string, string>>
  export = classes
}
declare module '*.css' {}
