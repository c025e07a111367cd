import type { Questionnaire } from './device'
import { overall } from './visit'

/** What can be recorded of a screen, in the order it is heard; the last is what the screen asks. */
export function promptsOf(view: string, fresh: boolean, questionnaire: Questionnaire, question: string | undefined): string[] {
  const asks = (item: string) => `${questionnaire.id}.${questionnaire.version}.${item}`
  const invite = fresh ? ['invite'] : []
  switch (view) {
    case 'field':
      return [...invite, 'field']
    case 'rate':
      return [...invite, asks(overall)]
    case 'question':
      return question === undefined ? [] : [asks(question)]
    case 'hours':
    case 'closed':
    case 'thanks':
      return [view]
    default:
      return []
  }
}
