declare module 'swagger-ui-dist/swagger-ui-es-bundle.js' {
  /** The part of Swagger UI's configuration that the page uses. */
  interface Configuration {
    url: string
    dom_id: string
    deepLinking: boolean
    validatorUrl: string | null
  }
  export default function SwaggerUI(configuration: Configuration): unknown
}
