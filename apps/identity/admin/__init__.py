"""What every admin page of the product is made of; the pages stand in the apps above."""
